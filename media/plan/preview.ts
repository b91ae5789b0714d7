import './preview.css';
import { render } from 'lit/html.js';
import type { PreviewPanelMessage, PromptPreview } from '../../src/planProtocol.ts';
import { readPreviewHostMessage } from '../../src/planProtocolSchema.ts';
import { connect, usePageLanguage } from './page.ts';
import { previewTemplate } from './view/previewTemplate.ts';

usePageLanguage();

const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

const root = document.getElementById('preview');
if (root !== null) {
  let shown: PromptPreview | undefined;
  const post: (message: PreviewPanelMessage) => void = connect(readPreviewHostMessage, ({ preview }) => {
    shown = preview;
    render(previewTemplate(preview, post), root);
  });
  document.addEventListener('keydown', (event) => {
    const step = steps[event.key];
    // With other keys they are the editor's, such as for going back.
    const isPlain = !event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (step === undefined || shown?.row === undefined || !isPlain) return;
    event.preventDefault();
    post({ type: 'showRow', place: shown.row.place + step });
  });
  post({ type: 'ready' });
}
