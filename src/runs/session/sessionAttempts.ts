import type { AttemptReport, AttemptTask, ServiceKey } from '../../engine/engine.ts';
import type { ParameterChanges } from '../../model/adaptation.ts';
import { cancelledFailure, type AttemptOutcome } from '../../model/attempt.ts';
import { costOf } from '../../model/prices.ts';
import type { NegotiationStore } from '../../services/negotiation.ts';
import type { Generation, GenerationOptions, TextSoFar } from '../../services/service.ts';
import { JournalNegotiations } from '../negotiations.ts';
import { labelOf, recordLabel, type PlannedItem } from '../plan/plannedCandidate.ts';
import { attachedFiles } from './attachedFiles.ts';
import type { FollowedText } from './flowWork.ts';
import type { StageAnswer } from './runFlow.ts';
import type { RunSpending } from './runSpending.ts';
import type { SessionParts } from './sessionTools.ts';
import { VerbalizedCalls } from './verbalizedCalls.ts';

/** The attempts of one run: what they ask, within what may be spent, and what is told of them. */
export class SessionAttempts {
  readonly #parts: SessionParts;
  readonly #verbalized = new VerbalizedCalls();
  /** By endpoint. */
  readonly #negotiations = new Map<string, NegotiationStore>();
  readonly #toldAdapted = new Set<string>();

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** @param spending absent when nothing bounds what the run may spend */
  async perform(
    task: AttemptTask<PlannedItem>,
    spending: RunSpending | undefined,
  ): Promise<AttemptOutcome<FollowedText>> {
    const { owned, watched } = this.#parts;
    // One that was stopped for long may have lost the run.
    if (!(await watched(() => owned.workspace.journal.confirm(owned.lease))))
      return { kind: 'failed', failure: cancelledFailure };
    if (!spending) return this.#make(task, {});
    return spending.within(task.item.work, task.signal, (admit) => this.#make(task, { admit }));
  }

  async #make(
    task: AttemptTask<PlannedItem>,
    admission: Pick<GenerationOptions, 'admit'>,
  ): Promise<AttemptOutcome<FollowedText>> {
    const { item, run, signal, reportProgress: onProgress, reportHints: onHints } = task;
    const { serviceKey, model, parameters, number: index } = item.work;
    const { tools, flow, owned, structured, troubled } = this.#parts;
    const onText = (soFar: TextSoFar): void => tools.texts.began({ run, item: item.id }, () => soFar(0));
    const negotiations = this.#negotiationsOf(serviceKey);
    const options = { signal, onProgress, onText, onHints, negotiations, ...admission };
    if (flow) return paidFor(this.#noted(item.work, await flow.work(item.work, options)));
    const service = tools.services.service(serviceKey);
    const attached = await attachedFiles(item.work.messages, owned.workspace);
    if (!attached.ok) return { kind: 'failed', failure: attached.failure, calls: 0 };
    const files = attached.value ? { files: attached.value } : {};
    const request = { model, parameters, index, ...structured.request(item.work), ...files };
    const answer = await this.#verbalized.serviceFor(item.work, request, service).generate(request, options);
    const { outcome, trouble } = await structured.judge(item.work, answer);
    if (trouble) troubled(trouble);
    return paidFor(this.#noted(item.work, outcome));
  }

  /** @param isKept whether the journal takes it */
  finished(report: AttemptReport<PlannedItem>, isKept: boolean): void {
    const { run, spec } = report.item;
    const { id, work } = spec;
    const { tools, meter, snapshots, flow, owned, watched } = this.#parts;
    const { services, clock, board } = tools;
    if (report.outcome === 'budget' || report.isPutOff) {
      meter.metrics.attemptCalledOff(work.service, clock.now());
      return;
    }
    const prices = services.prices(work.serviceKey, work.model);
    const cost = report.usage && costOf(prices, report.usage, work.parameters);
    meter.metrics.attemptFinished(work.service, report, cost, clock.now());
    const facts = {
      item: id,
      service: work.service,
      model: work.model,
      attempt: report.attempt,
      durationMs: report.durationMs,
      queueWaitMs: report.queueWaitMs,
      outcome: report.outcome,
      ...(report.usage ? { usage: report.usage } : {}),
      ...(report.message === undefined ? {} : { message: report.message }),
      ...(report.retryInMs === undefined ? {} : { retryInMs: report.retryInMs }),
    };
    if (isKept) {
      const attempt = { ...facts, startedAt: snapshots.epoch(report.startedAt) };
      void watched(() => owned.workspace.journal.recordAttempt(owned.lease, attempt));
    }
    const isOfPlan = services.countsRequests(work.serviceKey) ? { isOfPlan: true as const } : {};
    const cut = report.outcome === 'completed' && snapshots.isCut(id) ? { cut: true as const } : {};
    const label = flow ? recordLabel(work.key, report.stage, work.prompt.name) : labelOf(work);
    board.attemptFinished({ ...facts, ...isOfPlan, ...cut, run, label, stage: report.stage });
  }

  /** What is told of an answer that was taken. */
  #noted<Outcome extends AttemptOutcome<Pick<Generation, 'adapted' | 'cut'>>>(
    item: PlannedItem,
    outcome: Outcome,
  ): Outcome {
    if (outcome.kind === 'completed' && outcome.result.adapted) this.#tellAdapted(item, outcome.result.adapted);
    this.#parts.snapshots.ended(item.id, outcome.kind === 'completed' && outcome.result.cut === true);
    return outcome;
  }

  #negotiationsOf(serviceKey: ServiceKey): NegotiationStore {
    const { tools, owned } = this.#parts;
    const endpoint = tools.services.endpoint(serviceKey);
    const known = this.#negotiations.get(endpoint) ?? new JournalNegotiations(owned.workspace.journal, endpoint);
    this.#negotiations.set(endpoint, known);
    return known;
  }

  #tellAdapted({ service, model }: PlannedItem, { renamed, lowered, leftOut }: ParameterChanges): void {
    const { tools, ready } = this.#parts;
    const told = { service, model, renamed, ...(lowered === undefined ? {} : { lowered }), leftOut };
    const adapted = { run: ready.run.id, ...told };
    const key = JSON.stringify(adapted);
    if (this.#toldAdapted.has(key)) return;
    this.#toldAdapted.add(key);
    tools.board.callsAdapted(adapted);
  }
}

function paidFor(
  outcome: AttemptOutcome<(Generation | StageAnswer) & Pick<FollowedText, 'following'>>,
): AttemptOutcome<FollowedText> {
  if (outcome.kind === 'failed') return outcome;
  return { ...outcome, result: { ...outcome.result, usage: outcome.usage, origin: 'service' } };
}
