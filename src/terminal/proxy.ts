import http from 'node:http';
import { rememberSecrets, secretsOf } from '../base/redact.ts';
import { UsageError } from './usage.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** As Node's own function takes it. */
interface ProxyVariables {
  readonly HTTP_PROXY?: string;
  readonly HTTPS_PROXY?: string;
  readonly NO_PROXY: string;
}

type SetProxy = (variables: ProxyVariables) => unknown;
/** Node's own, of version 24; the types do not know it yet. */
const { setGlobalProxyFromEnv } = http as typeof http & { readonly setGlobalProxyFromEnv?: SetProxy };

/** A proxy is for the network: it would look for its own computer under these names. */
const near = 'localhost,127.0.0.1,[::1]';

interface ProxyVariable {
  /** As the person has written it. */
  readonly name: string;
  readonly address: string;
}

/** The small letters win, as they do everywhere. @throws UsageError, without the value: it may hold a password */
function readProxy(environment: Environment, name: string): ProxyVariable | undefined {
  const written = [name.toLowerCase(), name].find((each) => (environment[each] ?? '').trim() !== '');
  if (written === undefined) return undefined;
  const text = environment[written]?.trim() ?? '';
  // Everybody takes `proxy.example:3128`.
  const address = text.includes('://') ? text : `http://${text}`;
  if (/^https?:\/\/[^/]/i.test(address) && URL.canParse(address)) return { name: written, address };
  throw new UsageError(`${written} must be the address of a proxy, such as http://proxy.example:3128.`);
}

/** Whether the calls of this process go through a proxy once `useProxyOf` was called. @throws UsageError as that does */
export function isProxied(environment: Environment): boolean {
  const isNamed = ['HTTP_PROXY', 'HTTPS_PROXY'].some((name) => readProxy(environment, name) !== undefined);
  return isNamed && (setGlobalProxyFromEnv !== undefined || environment.NODE_USE_ENV_PROXY === '1');
}

/**
 * Makes the calls of this process go through the proxies that the environment names: `HTTP_PROXY` and `HTTPS_PROXY`, but
 * for the hosts of `NO_PROXY` and this computer.
 *
 * @param setProxy null: this Node.js has no such thing
 * @returns a sentence where this Node.js knows no proxies
 * @throws UsageError for an address that is none
 */
export function useProxyOf(
  environment: Environment,
  setProxy: SetProxy | null = setGlobalProxyFromEnv ?? null,
): string | undefined {
  const [plain, secure] = ['HTTP_PROXY', 'HTTPS_PROXY'].map((name) => readProxy(environment, name));
  const named = secure ?? plain;
  if (named === undefined) return undefined;
  if (setProxy === null) {
    if (environment.NODE_USE_ENV_PROXY === '1') return undefined;
    const remedy = 'use Node.js 24, or set NODE_USE_ENV_PROXY=1 with Node.js 22.21';
    return `${named.name} is not used, because Node.js ${process.version} knows no proxies by itself: ${remedy}.`;
  }
  const except = (environment.no_proxy ?? environment.NO_PROXY ?? '').trim();
  rememberSecrets([plain, secure].flatMap((each) => (each ? secretsOf(each.address) : [])));
  setProxy({
    ...(plain ? { HTTP_PROXY: plain.address } : {}),
    ...(secure ? { HTTPS_PROXY: secure.address } : {}),
    NO_PROXY: except === '*' ? except : [except, near].filter((each) => each !== '').join(','),
  });
  return undefined;
}
