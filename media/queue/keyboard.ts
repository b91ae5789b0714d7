import type { Actions } from './actions.ts';
import type { QueueModel, RowKey } from './model.ts';
import type { Selection } from './selection.ts';

interface Keyboard {
  readonly model: QueueModel;
  readonly actions: Actions;
  readonly selection: Selection;
  readonly rowsInPage: number;
  /** Takes the cursor to the row at this index, or to the nearest one. @returns where it is then */
  readonly goTo: (index: number) => RowKey | undefined;
  /** The panel has to be drawn again. */
  readonly changed: () => void;
}

/** A key with what is held down beside it; `ctrl` is the command key of a Mac too. */
export interface Pressed {
  readonly key: string;
  readonly ctrl?: boolean;
  readonly alt?: boolean;
  readonly shift?: boolean;
}

/** Does what a key does in the editor's own trees. False if that is nothing, and the key keeps its usual meaning. */
export function press(pressed: Pressed, at: RowKey, keyboard: Keyboard): boolean {
  if (pressed.alt === true) return pressWithAlt(pressed, at, keyboard);
  if (pressed.ctrl === true) return pressWithCtrl(pressed, at, keyboard);
  const { model, actions, selection, rowsInPage, goTo, changed } = keyboard;
  const index = model.rowIndex(at);
  const move = (to: number): true => {
    if (pressed.shift === true) {
      const reached = goTo(to);
      if (reached?.run === at.run) selection.extendTo(reached, model);
      changed();
    } else {
      const reached = goTo(to);
      if (reached !== undefined) selection.startAt(reached);
    }
    return true;
  };
  switch (pressed.key) {
    case 'ArrowDown':
      return move(index + 1);
    case 'ArrowUp':
      return move(index - 1);
    case 'PageDown':
      return move(index + rowsInPage);
    case 'PageUp':
      return move(index - rowsInPage);
    case 'Home':
      return move(0);
    case 'End':
      return move(model.rowCount - 1);
    case 'ArrowRight':
      if (at.item !== undefined) {
        actions.showRecord(at);
      } else if (model.isExpanded(at.run)) {
        goTo(model.run(at.run)?.shown.length ? index + 1 : index);
      } else {
        actions.expand(at.run, true);
      }
      return true;
    case 'ArrowLeft':
      if (at.item === undefined) {
        actions.expand(at.run, false);
      } else {
        goTo(model.runIndex(at.run));
      }
      return true;
    case 'Enter':
    case ' ':
      actions.open(at);
      return true;
    case 'Delete':
    case 'Backspace':
      actions.cancel(at);
      return true;
    case 'Escape':
      if (selection.size > 0) {
        selection.clear();
        changed();
        return true;
      }
      return actions.closePane();
    default:
      return false;
  }
}

/** As in the editor's lists: a row is taken in or out, or all rows are. */
function pressWithCtrl({ key }: Pressed, at: RowKey, { model, selection, changed, actions }: Keyboard): boolean {
  switch (key) {
    case ' ':
      selection.toggle(at);
      changed();
      return true;
    case 'a':
      selection.selectAll(at.run, model);
      changed();
      return true;
    case 'f':
      if (!model.isSearched(at.run)) actions.act('toggle-search', at);
      return true;
    default:
      return false;
  }
}

function pressWithAlt({ key }: Pressed, at: RowKey, { actions }: Keyboard): boolean {
  if (at.item === undefined || (key !== 'ArrowUp' && key !== 'ArrowDown')) return false;
  actions.prioritise(at, key === 'ArrowUp' ? -1 : 1);
  return true;
}
