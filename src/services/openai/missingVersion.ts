import { exactFetch, headersOf, withoutQuery } from '../exactFetch.ts';
import { refusedCallIn } from '../refusedCall.ts';
import type { CallOptions } from '../streamedCalls.ts';

const version = '/v1';
const hasVersion = /\/v\d+[a-z0-9]*(?=\/|$)/i;
/** A server that has what is looked for says so soon. */
const probeMs = 3000;

/** The end of an address of Ollama's own API, beside which it has the one that is spoken here. */
const ollamaPath = /\/api(?:\/(?:chat|generate))?$/i;

/**
 * The base address that answers where this one does not, because its version is missing or it is that of another API: found
 * out with a call or two of the same origin, for a list of models. Undefined when there is none. Never throws.
 */
export async function baseThatAnswers(options: CallOptions): Promise<string | undefined> {
  const base = withoutQuery(options.baseUrl);
  if (hasVersion.test(new URL(base).pathname)) return undefined;
  for (const each of new Set([base, base.replace(ollamaPath, '')])) {
    const found = await answeringBase(each, options);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function answeringBase(base: string, options: CallOptions): Promise<string | undefined> {
  const send = exactFetch(options.baseUrl, headersOf(options));
  try {
    const response = await send(`${base}${version}/models`, { method: 'GET', signal: AbortSignal.timeout(probeMs) });
    void response.body?.cancel().catch(() => undefined);
    return isJson(response.headers) ? base + version : undefined;
  } catch (error) {
    // One that wants another key is there.
    const refused = refusedCallIn(error);
    const isThere = refused !== undefined && [401, 403].includes(refused.status) && isJson(refused.headers);
    return isThere ? base + version : undefined;
  }
}

function isJson(headers: Headers): boolean {
  return /\bjson\b/i.test(headers.get('content-type') ?? '');
}
