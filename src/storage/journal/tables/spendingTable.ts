import { budgetUnits, noSpending, spendingOf, type Spending } from '../../../model/budget.ts';
import type { BudgetClaim, BudgetScope, ClaimOutcome, RecordedSpending } from '../records.ts';
import { DamageError, json, number, text, type Database, type Row } from './database.ts';
import { spendingChecksum, spendingOfRow } from './rows.ts';

/** Of what is left, one part in so many may be set aside for later: the rest is there for others, and after a kill. */
const spareParts = 8;
/** Sums of fractions may miss by this. */
const rounding = 1e-9;

/** Where the spending of a scope stands. */
type Place =
  | { readonly kind: 'day'; readonly day: string }
  | { readonly kind: 'run'; readonly run: number; readonly prompt: string };

/**
 * What was spent, or set aside for a call before it is made: whoever is killed meanwhile has spent it. Everything here
 * runs inside a transaction of its caller, who holds the run; a run is given by its key in the tables.
 */
export class SpendingTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Raises what a scope has spent. @returns what that is then */
  atLeast(run: number, scope: BudgetScope, spent: Spending): Spending {
    const place = placeOf(run, scope, 0);
    const known = this.#of(place, 0);
    const most = spendingOf((unit) => Math.max(known[unit], spent[unit]));
    this.#put(place, most);
    return most;
  }

  /** @param now epoch ms */
  claim(run: number, claims: readonly BudgetClaim[], now: number): ClaimOutcome {
    const places = claims.map(({ scope }) => placeOf(run, scope, now));
    const spent = places.map((place) => this.#of(place, now));
    for (const [claim, { limit, need }] of claims.entries()) {
      const before = spent[claim] ?? noSpending;
      const unit = budgetUnits.find((each) => exceeds(before[each] + need[each], limit[each]));
      if (unit) return { kind: 'refused', claim, unit };
    }
    const amounts = claims.map(({ limit, need, spare }, claim) => {
      const before = spent[claim] ?? noSpending;
      const amount = spendingOf((unit) => {
        const room = (limit[unit] ?? Number.POSITIVE_INFINITY) - before[unit] - need[unit];
        const share = Math.max(0, room / spareParts);
        return need[unit] + Math.min(spare[unit], unit === 'cost' ? share : Math.floor(share));
      });
      const place = places[claim];
      if (place)
        this.#put(
          place,
          spendingOf((unit) => before[unit] + amount[unit]),
        );
      return amount;
    });
    return { kind: 'granted', amounts };
  }

  /** @param now epoch ms */
  change(run: number, scope: BudgetScope, change: Spending, now: number): void {
    const place = placeOf(run, scope, now);
    const before = this.#of(place, now);
    // What was set aside yesterday does not come back today.
    this.#put(
      place,
      spendingOf((unit) => Math.max(0, before[unit] + change[unit])),
    );
  }

  /** What the calls of a run were, by prompt file, service and model. */
  recorded(run: number): RecordedSpending[] {
    const prompts = new Map<number, string>();
    const pathOf = (content: number): string => {
      const known = prompts.get(content);
      if (known !== undefined) return known;
      const row = this.#database.get('SELECT json FROM contents WHERE run = ? AND number = ?', run, content);
      const { path } = (row ? json(row, 'json') : {}) as { readonly path?: string };
      prompts.set(content, path ?? '');
      return path ?? '';
    };
    return this.#database
      .all(
        `SELECT prompt, attempts.service, attempts.model, count(*) AS requests,
           total(input_tokens) AS input, total(output_tokens) AS output
         FROM attempts JOIN items USING (run, position) WHERE run = ? GROUP BY prompt, attempts.service, attempts.model`,
        run,
      )
      .map((row) => ({
        prompt: pathOf(number(row, 'prompt')),
        service: text(row, 'service'),
        model: text(row, 'model'),
        requests: number(row, 'requests'),
        usage: { input: number(row, 'input'), output: number(row, 'output') },
      }));
  }

  #of(place: Place, now: number): Spending {
    switch (place.kind) {
      case 'day':
        return (
          ifIntact(this.#database.get('SELECT * FROM daily_spending WHERE day = ?', place.day)) ?? this.#ofDay(now)
        );
      case 'run': {
        const row = this.#database.get(
          'SELECT * FROM run_spending WHERE run = ? AND prompt = ?',
          place.run,
          place.prompt,
        );
        return ifIntact(row) ?? noSpending;
      }
    }
  }

  /** What was called on a day before anybody had a budget for it; what that has cost, nobody has kept. */
  #ofDay(now: number): Spending {
    const row = this.#database.get(
      `SELECT count(*) AS requests, total(input_tokens) + total(output_tokens) AS tokens FROM attempts
       WHERE started_at >= ?`,
      new Date(now).setHours(0, 0, 0, 0),
    );
    return row ? { requests: number(row, 'requests'), tokens: number(row, 'tokens'), cost: 0 } : noSpending;
  }

  #put(place: Place, spent: Spending): void {
    const { requests, tokens, cost } = spent;
    const name = place.kind === 'day' ? place.day : place.prompt;
    const values = [name, requests, tokens, cost, spendingChecksum(name, spent)] as const;
    if (place.kind === 'day')
      this.#database.run('INSERT OR REPLACE INTO daily_spending VALUES (?, ?, ?, ?, ?)', ...values);
    else this.#database.run('INSERT OR REPLACE INTO run_spending VALUES (?, ?, ?, ?, ?, ?)', place.run, ...values);
  }
}

function placeOf(run: number, scope: BudgetScope, now: number): Place {
  switch (scope.kind) {
    case 'day':
      return { kind: 'day', day: dayOf(now) };
    case 'run':
      return { kind: 'run', run, prompt: '' };
    case 'prompt':
      return { kind: 'run', run, prompt: scope.path };
  }
}

/** The day of the person, `2026-11-26`. */
function dayOf(now: number): string {
  const date = new Date(now);
  const [month, day] = [date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0'));
  return `${date.getFullYear()}-${month}-${day}`;
}

function exceeds(amount: number, limit: number | undefined): boolean {
  return limit !== undefined && amount > limit * (1 + rounding);
}

/** What is damaged is found again in the recorded calls: no run stops because of it. */
function ifIntact(row: Row | undefined): Spending | undefined {
  try {
    return row && spendingOfRow(row);
  } catch (error) {
    if (error instanceof DamageError) return undefined;
    throw error;
  }
}
