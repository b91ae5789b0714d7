import type { ItemSnapshot } from '../../model/run.ts';
import type { PlannedItem } from '../plan/plannedCandidate.ts';
import { keepResult, setAside, type CandidateText, type KeepOptions, type OwnedRun } from './candidateKeeper.ts';

/** A text that the journal did not take; with `file`, it is on disk all the same. */
interface UnkeptText {
  readonly item: PlannedItem;
  readonly result: CandidateText;
  readonly options: KeepOptions;
}

interface KeptAgain {
  readonly before: ItemSnapshot['state'];
  readonly item: ItemSnapshot;
}

/** What was paid for and could not be kept gets another chance at the end: by then the disk may have room again. */
export class UnkeptTexts {
  readonly #texts: UnkeptText[] = [];

  add(text: UnkeptText): void {
    this.#texts.push(text);
  }

  /**
   * @param shown the items of the run, by id
   * @param isRefused the run is not this process's any more: nothing is tried
   * @returns what could be kept, and the ids of what could not
   */
  async keep(
    run: OwnedRun,
    shown: ReadonlyMap<string, ItemSnapshot>,
    isRefused: boolean,
  ): Promise<{ readonly kept: readonly KeptAgain[]; readonly left: readonly string[] }> {
    const again: KeptAgain[] = [];
    const left: string[] = [];
    let isOver = isRefused;
    for (const { item, result, options } of this.#texts) {
      const kept = isOver ? undefined : await keepResult(run, item, result, options);
      isOver ||= kept?.trouble !== undefined;
      const before = shown.get(item.id);
      if (kept === undefined || kept.kind === 'failed' || kept.trouble || !before) {
        // Somebody who has taken the run over makes it too.
        if (!isRefused) await setAside(run, item, result, options);
        left.push(item.id);
        continue;
      }
      const { failure: _failure, ...rest } = before;
      again.push({
        before: before.state,
        item: { ...rest, state: kept.kind, ...(kept.file ? { file: kept.file.path } : {}) },
      });
    }
    return { kept: again, left };
  }
}
