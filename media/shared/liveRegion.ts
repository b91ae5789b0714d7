/** Makes an element whose text is read out when it changes, behind the one that a page draws in. */
export function liveRegionBehind(root: HTMLElement): HTMLElement {
  const region = document.createElement('div');
  region.className = 'announcer';
  region.setAttribute('aria-live', 'polite');
  root.after(region);
  return region;
}
