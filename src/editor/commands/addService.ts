import * as vscode from 'vscode';
import { redactAddress } from '../../base/redact.ts';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { baseOf, isAddress } from '../../services/address.ts';
import { kindOf, serviceAt } from '../../services/kinds.ts';
import { findLocalServers, serviceOf, type LocalServer } from '../../services/localServers.ts';
import { presets, resourcePlaceholder, type Preset } from '../../services/presets.ts';
import { commandIds } from '../commandIds.ts';
import type { EditorServices } from '../editorServices.ts';
import {
  askInput,
  pickMany,
  pickOne,
  showBusy,
  showError,
  showInformation,
  showWarning,
} from '../notifications/messages.ts';
import { readSettings } from '../settings.ts';
import { settingsSection } from '../settingsSchema.ts';

/** More models than anybody reads through are not ticked one by one. */
const mostPicked = 200;

/** "Add Service…": preset, address, key, models; into the person's own settings. */
export function registerAddService(services: EditorServices): vscode.Disposable {
  return vscode.commands.registerCommand(commandIds.addService, () => addService(services));
}

async function addService(services: EditorServices): Promise<string | undefined> {
  const begun = await chooseKind();
  if (!begun) return undefined;
  const named = await withName(begun);
  if (!named) return undefined;
  const use = kindOf(named).key(named);
  if (use) await services.askForKeyOf(named.name, use.address);
  const complete = await withModels(named, services);
  if (!complete) return undefined;
  await store(complete);
  await tell(complete, services);
  return complete.name;
}

/** What is on this machine comes first; it is looked for only now. */
async function chooseKind(): Promise<ServiceSettings | undefined> {
  const title = vscode.l10n.t('Add Service');
  const running = await showBusy(vscode.l10n.t('Looking for local servers'), () => findLocalServers());
  const local = running.map(({ preset, models }) => ({
    label: preset.title,
    icon: 'server-process',
    description: vscode.l10n.t('running here, {0}', redactAddress(preset.baseUrl)),
    make: () => Promise.resolve(localService({ preset, models })),
  }));
  const remote = presets
    .filter((preset) => running.every(({ preset: found }) => found !== preset))
    .map((preset) => ({
      label: preset.title,
      icon: preset.isLocal ? 'server-process' : 'globe',
      description: redactAddress(preset.baseUrl.replace(resourcePlaceholder, vscode.l10n.t('your-resource'))),
      make: () => presetService(preset),
    }));
  const others = [
    {
      label: vscode.l10n.t("The editor's models"),
      icon: 'hubot',
      description: vscode.l10n.t('such as those of GitHub Copilot: no key, requests of your plan'),
      make: () => Promise.resolve<ServiceSettings>({ name: 'editor', kind: 'vscode-lm', models: ['auto'] }),
    },
    {
      label: vscode.l10n.t('Another OpenAI-compatible service'),
      icon: 'plug',
      description: vscode.l10n.t('by its address'),
      make: () => typedService(),
    },
  ];
  const picked = await pickOne([...local, ...remote, ...others], {
    title,
    placeHolder: vscode.l10n.t('Select the service'),
  });
  return picked?.make();
}

function localService({ preset, models }: LocalServer): ServiceSettings {
  return { ...serviceOf(preset), ...(models.length > 0 ? { models } : {}) };
}

async function presetService(preset: Preset): Promise<ServiceSettings | undefined> {
  if (!preset.baseUrl.includes(resourcePlaceholder)) return serviceOf(preset);
  const name = await askInput({
    title: preset.title,
    prompt: vscode.l10n.t('Name of your resource: the first part of its address'),
    validateInput: (typed) =>
      /^[a-z0-9-]{1,63}$/i.test(typed.trim()) ? undefined : vscode.l10n.t('Letters, digits and "-" only.'),
  });
  return name === undefined ? undefined : serviceOf(preset, preset.baseUrl.replace(resourcePlaceholder, name.trim()));
}

async function typedService(): Promise<ServiceSettings | undefined> {
  const address = await askInput({
    title: vscode.l10n.t('Add Service'),
    prompt: vscode.l10n.t('Address of the service, up to and including the version'),
    placeHolder: 'https://api.example.com/v1',
    ignoreFocusOut: true,
    validateInput: (typed) =>
      isAddress(typed.trim())
        ? undefined
        : vscode.l10n.t('This is no address: write one such as https://api.example.com/v1.'),
  });
  if (address === undefined) return undefined;
  const base = baseOf(address.trim());
  return serviceAt(base, new URL(base).hostname.replace(/^api\./, ''));
}

/** A name that another service has takes its place, which has to be meant. */
async function withName(service: ServiceSettings): Promise<ServiceSettings | undefined> {
  const taken = new Set(ownServices().flatMap((each) => (typeof each.name === 'string' ? [each.name] : [])));
  const name = await askInput({
    title: vscode.l10n.t('Name of the Service'),
    prompt: vscode.l10n.t('Prompts name it so, as in "model: name/model"'),
    value: service.name,
    validateInput: (typed) => {
      if (!/^[^/\s][^/]*$/.test(typed.trim())) return vscode.l10n.t('Give it a name without "/".');
      return taken.has(typed.trim())
        ? {
            message: vscode.l10n.t('Takes the place of the service of that name.'),
            severity: vscode.InputBoxValidationSeverity.Warning,
          }
        : undefined;
    },
  });
  return name === undefined ? undefined : { ...service, name: name.trim() };
}

async function withModels(service: ServiceSettings, services: EditorServices): Promise<ServiceSettings | undefined> {
  const listed = await showBusy(vscode.l10n.t('Asking {0} for its models', service.name), () =>
    services.modelsOf(service),
  );
  if (!listed.ok) void showWarning(listed.failure);
  const offered = listed.ok ? listed.value : [];
  if (offered.length === 0 || offered.length > mostPicked) return withTypedModels(service, offered);
  const picked = await pickMany(
    offered.map((model) => ({ label: model })),
    {
      title: vscode.l10n.t('Models of {0}', service.name),
      placeHolder: vscode.l10n.t('Select the models to use; the first is the default'),
    },
  );
  if (!picked) return undefined;
  const models = picked.map(({ label }) => label);
  return models.length === 0 ? service : { ...service, models };
}

async function withTypedModels(
  service: ServiceSettings,
  offered: readonly string[],
): Promise<ServiceSettings | undefined> {
  const typed = await askInput({
    title: vscode.l10n.t('Models of {0}', service.name),
    prompt: vscode.l10n.t('Names of the models to use, separated by commas; the first is the default'),
    value: service.models.filter((model) => offered.length === 0 || offered.includes(model)).join(', '),
    ignoreFocusOut: true,
  });
  if (typed === undefined) return undefined;
  const models = typed
    .split(',')
    .map((model) => model.trim())
    .filter((model) => model !== '');
  return models.length === 0 ? service : { ...service, models };
}

/** As they stand in the person's own settings, understood or not. */
export function ownServices(): readonly Readonly<Record<string, unknown>>[] {
  const own: unknown = vscode.workspace.getConfiguration(settingsSection).inspect('services')?.globalValue;
  return Array.isArray(own)
    ? (own as unknown[]).filter((each): each is Record<string, unknown> => typeof each === 'object' && each !== null)
    : [];
}

/** Puts a service into the person's own settings, in place of one of the same name. */
export async function store(service: ServiceSettings): Promise<void> {
  const others = ownServices();
  const place = others.findIndex(({ name }) => name === service.name);
  const services = place < 0 ? [...others, service] : others.with(place, { ...service });
  await vscode.workspace
    .getConfiguration(settingsSection)
    .update('services', services, vscode.ConfigurationTarget.Global);
}

async function tell(service: ServiceSettings, services: EditorServices): Promise<void> {
  const useAsDefault = vscode.l10n.t('Use by Default');
  const test = vscode.l10n.t('Make a Test Call');
  const { defaultService } = readSettings(undefined);
  const actions = defaultService === service.name ? [test] : [useAsDefault, test];
  const answer = await showInformation(
    vscode.l10n.t('The service "{0}" was added to your settings.', service.name),
    ...actions,
  );
  if (answer === useAsDefault) await useByDefault(service.name);
  if (answer !== test) return;
  const tested = await showBusy(vscode.l10n.t('Calling {0}', service.name), () =>
    services.test(service, new AbortController().signal),
  );
  if (!tested.ok) {
    void showError(tested.failure);
    return;
  }
  const next = await showInformation(
    vscode.l10n.t('The service "{0}" answered, with the model "{1}".', service.name, tested.value),
    ...actions.slice(0, -1),
  );
  if (next === useAsDefault) await useByDefault(service.name);
}

/** For prompts that name no service. */
export async function useByDefault(service: string): Promise<void> {
  await vscode.workspace
    .getConfiguration(settingsSection)
    .update('defaultService', service, vscode.ConfigurationTarget.Global);
}
