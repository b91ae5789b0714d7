import './queue.css';
import type { PanelMessage } from '../../src/protocol.ts';
import { readHostMessage } from '../../src/protocolSchema.ts';
import { useLanguage, type Language } from '../../src/wording/language.ts';
import type { PanelState } from './model.ts';
import { Panel } from './panel.ts';

declare function acquireVsCodeApi(): {
  postMessage(message: PanelMessage): void;
  getState(): Partial<PanelState> | undefined;
  setState(state: PanelState): void;
};

const { locale, bundle } = JSON.parse(document.getElementById('language')?.textContent ?? '{}') as Partial<Language>;
useLanguage(locale ?? 'en', bundle);

const root = document.getElementById('queue');
if (root !== null) {
  const editor = acquireVsCodeApi();
  const panel = new Panel(
    root,
    { post: (message) => editor.postMessage(message), remember: (state) => editor.setState(state) },
    editor.getState(),
  );
  window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const message = readHostMessage(data);
    if (message !== undefined) {
      panel.receive(message);
    } else {
      console.warn('Something came that the host never sends: it was ignored.');
    }
  });
  editor.postMessage({ type: 'ready' });
}
