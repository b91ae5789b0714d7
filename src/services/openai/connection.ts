import { OpenAI } from 'openai';
import { exactFetch, headersOf, withoutEnvironment, withoutQuery } from '../exactFetch.ts';
import type { CallOptions } from '../streamedCalls.ts';

/** @param totalMs after which a call is no longer waited for */
export function connect(options: CallOptions, totalMs: number): OpenAI {
  const { baseUrl } = options;
  return withoutEnvironment(
    'OPENAI_',
    () =>
      new OpenAI({
        // The SDK wants one; what is sent is decided by the headers above.
        apiKey: 'none',
        adminAPIKey: null,
        organization: null,
        project: null,
        webhookSecret: null,
        baseURL: withoutQuery(baseUrl),
        maxRetries: 0,
        logLevel: 'off',
        fetch: exactFetch(baseUrl, headersOf(options)),
        // The watchdog is the timeout; the SDK's own must never fire first.
        timeout: Math.min(2 * totalMs, 2 ** 31 - 1),
      }),
  );
}
