import type { GenerationRequest, Service } from '../../services/service.ts';
import { SharedRequests } from '../../services/sharedRequests.ts';
import { VerbalizedService } from '../../services/verbalized/verbalizedService.ts';
import type { PlannedItem } from '../plan/plannedCandidate.ts';

/** The services of one run for candidates that are asked for several at once. */
export class VerbalizedCalls {
  /** By service, then by how many are asked for at once. */
  readonly #shared = new WeakMap<Service, Map<number, SharedRequests>>();

  /** Who generates a request for an item: one that has its own messages, because of an answer, is asked for alone. */
  serviceFor(
    { verbalized, messages }: Pick<PlannedItem, 'verbalized' | 'messages'>,
    request: Pick<GenerationRequest, 'messages'>,
    service: Service,
  ): Service {
    if (verbalized === undefined || request.messages !== messages) return service;
    const known = this.#shared.get(service) ?? new Map<number, SharedRequests>();
    this.#shared.set(service, known);
    const shared = known.get(verbalized) ?? new SharedRequests(new VerbalizedService(service), verbalized);
    known.set(verbalized, shared);
    return shared;
  }
}
