import './board.css';
import type { BoardMemory, BoardPageMessage } from '../../src/boardProtocol.ts';
import { readBoardHostMessage } from '../../src/boardProtocolSchema.ts';
import { usePageLanguage } from '../plan/page.ts';
import { BoardPage } from './boardPage.ts';
import type { BoardChoices } from './model.ts';

type Kept = BoardMemory & BoardChoices;

declare function acquireVsCodeApi(): {
  postMessage(message: BoardPageMessage): void;
  getState(): Partial<Kept> | undefined;
  setState(state: Kept): void;
};

usePageLanguage();

const root = document.getElementById('board');
if (root !== null) {
  const editor = acquireVsCodeApi();
  const page = new BoardPage(
    root,
    { post: (message) => editor.postMessage(message), remember: (kept) => editor.setState(kept) },
    editor.getState(),
  );
  window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const message = readBoardHostMessage(data);
    if (message !== undefined) page.receive(message);
    else console.warn('Something came that the host never sends: it was ignored.');
  });
  editor.postMessage({ type: 'ready' });
}
