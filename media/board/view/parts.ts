import { html, nothing, type TemplateResult } from 'lit/html.js';

/** A button that is an icon. @param pressed absent where it is no toggle */
export function iconButton(
  action: string,
  icon: string,
  title: string,
  options: {
    readonly isReachable?: boolean;
    readonly pressed?: boolean;
    readonly isOff?: boolean;
    readonly value?: string;
  } = {},
): TemplateResult {
  const { isReachable = true, pressed, isOff = false, value = '' } = options;
  return html`<button
    type="button"
    class="icon codicon codicon-${icon}"
    data-action=${action}
    data-value=${value}
    tabindex=${isReachable ? 0 : -1}
    title=${title}
    aria-label=${title}
    aria-pressed=${pressed ?? nothing}
    ?disabled=${isOff}
  ></button>`;
}
