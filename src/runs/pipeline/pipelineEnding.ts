/**
 * Has a pipeline deliver before its run counts as through: whoever is killed meanwhile has a run that can be resumed, and
 * delivers then.
 */
export class PipelineEnding {
  readonly #attended = Promise.withResolvers<() => Promise<void>>();

  /** For the flow of the run. Resolves once whoever attends the run has delivered, and never fails. */
  readonly deliver = async (): Promise<void> => {
    const work = await this.#attended.promise;
    await work();
  };

  /** Whoever starts a run with this attends it. @param work fails never: what is wrong with it is told by whoever attends */
  attend(work: () => Promise<void>): void {
    this.#attended.resolve(work);
  }
}
