/** What was asked for is not possible, and nothing was spent: the message is one sentence for the person. */
export class Refusal extends Error {
  /** What it is about, as the person has named it; empty where that is no file. */
  readonly file: string;

  constructor(message: string, file = '') {
    super(message);
    this.file = file;
  }
}

/** Something the person typed cannot be used. */
export class UsageError extends Refusal {}
