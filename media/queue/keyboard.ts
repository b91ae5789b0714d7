import type { Actions } from './actions.ts';
import type { QueueModel, RowKey } from './model.ts';

interface Keyboard {
  readonly model: QueueModel;
  readonly actions: Actions;
  readonly rowsInPage: number;
  /** Takes the cursor to the row at this index, or to the nearest one. */
  readonly goTo: (index: number) => void;
}

/** Does what a key does in the editor's own trees. False if that is nothing, and the key keeps its usual meaning. */
export function press(pressed: string, key: RowKey, { model, actions, rowsInPage, goTo }: Keyboard): boolean {
  const index = model.rowIndex(key);
  switch (pressed) {
    case 'ArrowDown':
      goTo(index + 1);
      return true;
    case 'ArrowUp':
      goTo(index - 1);
      return true;
    case 'PageDown':
      goTo(index + rowsInPage);
      return true;
    case 'PageUp':
      goTo(index - rowsInPage);
      return true;
    case 'Home':
      goTo(0);
      return true;
    case 'End':
      goTo(model.rowCount - 1);
      return true;
    case 'ArrowRight':
      if (key.item === undefined) {
        if (model.isExpanded(key.run)) {
          const first = model.run(key.run)?.shown.length ? index + 1 : index;
          goTo(first);
        } else {
          actions.expand(key.run, true);
        }
      }
      return true;
    case 'ArrowLeft':
      if (key.item === undefined) {
        actions.expand(key.run, false);
      } else {
        goTo(model.runIndex(key.run));
      }
      return true;
    case 'Enter':
    case ' ':
      actions.open(key);
      return true;
    case 'Delete':
    case 'Backspace':
      actions.cancel(key);
      return true;
    default:
      return false;
  }
}
