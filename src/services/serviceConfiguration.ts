import * as v from 'valibot';
import { isJsonObject } from '../base/jsonObject.ts';
import type { ServiceSettings } from '../model/serviceSettings.ts';
import { builtInServices, kindNamed, kindNames } from './kinds.ts';
import { commonExpectations, personalSettings, withoutPersonal } from './serviceKind.ts';

export interface ServiceConfiguration {
  readonly services: readonly ServiceSettings[];
  /** One sentence each; the services they speak of are left out. */
  readonly problems: readonly string[];
  /** One sentence each, of services that take part without something that was set. */
  readonly hints: readonly string[];
}

/** Whose settings they are: a folder says less than the person does. */
export type SettingsOrigin = 'person' | 'folder';

/** Reads the value of `parallelCandidates.services`, and adds the built-in services. */
export function readServices(value: unknown, origin: SettingsOrigin = 'person'): ServiceConfiguration {
  const problems: string[] = [];
  const hints: string[] = [];
  const services = new Map(builtInServices.map((service) => [service.name, service]));
  if (value !== undefined && !Array.isArray(value)) {
    problems.push('The setting "parallelCandidates.services" must be a list of services.');
  }
  for (const [position, entry] of (Array.isArray(value) ? (value as unknown[]) : []).entries()) {
    const where = `Service ${position + 1} in the setting "parallelCandidates.services"`;
    const personal = origin === 'folder' ? personalIn(entry) : [];
    if (personal.length > 0) {
      const named = personal.map((name) => `"${name}"`).join(', ');
      const count = personal.length === 1 ? 'counts' : 'count';
      hints.push(`${where}: ${named} ${count} in your own settings only, so what the folder has there is left out.`);
    }
    const read = readService(personal.length > 0 ? withoutPersonal(entry as object) : entry);
    if (read.ok) {
      services.set(read.service.name, read.service);
      continue;
    }
    problems.push(`${where}: "${read.field}" must be ${read.expected}.`);
  }
  return { services: [...services.values()], problems, hints };
}

function personalIn(entry: unknown): readonly string[] {
  return isJsonObject(entry) ? personalSettings.filter((name) => Object.hasOwn(entry, name)) : [];
}

type ReadService =
  | { readonly ok: true; readonly service: ServiceSettings }
  | { readonly ok: false; readonly field: string; readonly expected: string };

function readService(entry: unknown): ReadService {
  const kind = typeof entry === 'object' && entry !== null && 'kind' in entry ? kindNamed(entry.kind) : undefined;
  if (!kind) return { ok: false, field: 'kind', expected: kindNames.map((name) => `"${name}"`).join(' or ') };
  const parsed = v.safeParse(kind.schema, entry);
  if (parsed.success) return { ok: true, service: parsed.output };
  const field = String(parsed.issues[0].path?.[0]?.key);
  return { ok: false, field, expected: { ...commonExpectations, ...kind.expectations }[field] ?? 'different' };
}
