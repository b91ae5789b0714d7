import './plan.css';
import { render } from 'lit/html.js';
import type { PlanPanelMessage } from '../../src/planProtocol.ts';
import { readPlanHostMessage } from '../../src/planProtocolSchema.ts';
import { connect, usePageLanguage } from './page.ts';
import { planTemplate } from './view/planTemplate.ts';

usePageLanguage();

const root = document.getElementById('plan');
if (root !== null) {
  const post: (message: PlanPanelMessage) => void = connect(readPlanHostMessage, ({ sheet }) => {
    render(planTemplate(sheet, post), root);
    root.querySelector<HTMLElement>('[data-default]')?.focus();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') post({ type: 'cancel' });
    // A key that is still held down answers nothing.
    else if (event.key === 'Enter' && event.repeat) event.preventDefault();
  });
  post({ type: 'ready' });
}
