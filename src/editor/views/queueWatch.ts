import type { RunSample } from '../../model/activity.ts';
import type { HostMessage, PanelMessage } from '../../protocol.ts';
import type { TextWatch } from '../../runs/board/liveTexts.ts';
import type { Runs } from '../../runs/runs.ts';
import { previewOf, queueService } from './queueMessages.ts';

/** Services and samples are looked at this often while somebody sees them, ms. */
const lookMs = 500;

type Watched = Omit<Extract<PanelMessage, { readonly type: 'watch' }>, 'type'>;

const nothing: Watched = { services: false, previews: [] };

/** Sends what the panel shows beside its list, for as long as it shows it: services, samples of a run, texts as they arrive. */
export class QueueWatch {
  readonly #runs: Runs;
  readonly #post: (message: HostMessage) => void;
  readonly #texts: TextWatch;
  #watched = nothing;
  #timer: NodeJS.Timeout | undefined;
  #sentServices = '';
  #sentSamples: readonly RunSample[] | undefined;

  /** @param post sends to the panel, if it is visible */
  constructor(runs: Runs, post: (message: HostMessage) => void) {
    this.#runs = runs;
    this.#post = post;
    this.#texts = runs.texts.watch((texts) =>
      post({
        type: 'previews',
        previews: texts.map(({ run, item, text }) => ({ run, item, text: previewOf(text) })),
      }),
    );
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#texts.dispose();
  }

  /** From now on it is this that the panel shows: all of it is sent. */
  watch(watched: Watched): void {
    if (!watched.services || !this.#watched.services) this.#sentServices = '';
    if (watched.samples !== this.#watched.samples) this.#sentSamples = undefined;
    this.#watched = watched;
    this.#texts.show(watched.previews);
    this.#look();
  }

  /** Nobody sees the panel. */
  rest(): void {
    this.watch(nothing);
  }

  /** Something has happened to a run. */
  poke(): void {
    if (!this.#watched.services && this.#watched.samples === undefined) return;
    this.#timer ??= setTimeout(() => this.#look(), lookMs);
  }

  #look(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { services, samples } = this.#watched;
    if (services) this.#sendServices();
    if (samples !== undefined) this.#sendSamples(samples);
    if (this.#runs.active.length > 0) this.poke();
  }

  #sendServices(): void {
    const services = this.#runs.activity.services().map(queueService);
    const now = JSON.stringify(services);
    if (now === this.#sentServices) return;
    this.#sentServices = now;
    this.#post({ type: 'services', services, now: Date.now() });
  }

  #sendSamples(run: string): void {
    const samples = this.#runs.activity.samples(run);
    if (samples === this.#sentSamples) return;
    this.#sentSamples = samples;
    this.#post({ type: 'samples', run, samples });
  }
}
