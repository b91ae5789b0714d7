/** What was asked for is not possible, and nothing was spent: the message is one sentence for the person. */
export class Refusal extends Error {}

/** Something the person typed cannot be used. */
export class UsageError extends Refusal {}
