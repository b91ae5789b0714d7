import { Anthropic } from '@anthropic-ai/sdk';
import { exactFetch, headersOf, withoutEnvironment, withoutQuery } from '../exactFetch.ts';
import type { CallOptions } from '../streamedCalls.ts';
import { keyHeader, versionHeader } from './defaults.ts';

/** @param totalMs after which a call is no longer waited for */
export function connect(options: CallOptions, totalMs: number): Anthropic {
  const { baseUrl } = options;
  const headersFor = headersOf(options, versionHeader, keyHeader);
  return withoutEnvironment(
    'ANTHROPIC_',
    () =>
      new Anthropic({
        // The SDK looks for a key in files where it is given none; what is sent is decided by the headers above.
        apiKey: 'none',
        webhookKey: null,
        baseURL: withoutQuery(baseUrl),
        maxRetries: 0,
        logLevel: 'off',
        openTelemetry: false,
        fetch: exactFetch(baseUrl, headersFor),
        // The watchdog is the timeout; the SDK's own must never fire first.
        timeout: Math.min(2 * totalMs, 2 ** 31 - 1),
      }),
  );
}
