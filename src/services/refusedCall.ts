/** The answer of a service that did not take the call. */
export class RefusedCall extends Error {
  /** What it is known by: what is loaded with an SDK has a class of its own. */
  readonly isRefusedCall = true;
  readonly status: number;
  readonly headers: Headers;
  /** At most 64 KB. */
  readonly body: string;
  /** Where a redirect would have led; set when that is why the call ended. */
  readonly redirect: { readonly target: string | undefined } | undefined;

  constructor(status: number, headers: Headers, body: string, redirect?: { target: string | undefined }) {
    super('refused');
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.redirect = redirect;
  }
}

/** Finds it among the causes of what an SDK throws. */
export function refusedCallIn(error: unknown): RefusedCall | undefined {
  let current = error;
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    if ('isRefusedCall' in current) return current as RefusedCall;
    current = current.cause;
  }
  return undefined;
}
