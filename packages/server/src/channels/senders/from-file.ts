import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { SenderSetting } from '../../config/sender-settings.ts';
import { SettingsError } from '../../config/start-error.ts';
import type { AccountActor } from '../../core/actor.ts';
import type { Core } from '../../core/core.ts';
import { Refusal } from '../../core/refusal.ts';
import { deleteSender } from '../../core/senders/actions.ts';
import { allSenders, type Sender } from '../../core/senders/store.ts';
import type { Vault } from '../../storage/vault.ts';
import type { ChannelModule } from '../channel.ts';
import { type Configuration, openConfiguration } from './configuration.ts';
import type { SenderKeeper } from './keeper.ts';

export interface FileSendersOptions {
  core: Core;
  actor: AccountActor;
  vault: Vault;
  keeper: SenderKeeper;
  /** What relative paths count from. */
  directory: string;
}

/** Each time one of the other servers has done something of it; more than that is no coincidence. */
const mostAttempts = 5;

/**
 * Makes the senders those of the configuration file: adds, changes and removes, and leaves those alone that were made
 * over the API. Providers are not asked: one that is down must not keep the server from starting.
 *
 * @throws SettingsError for what does not fit
 */
export async function keepFileSenders(
  options: FileSendersOptions,
  settings: readonly SenderSetting[],
  attempts = mostAttempts,
): Promise<void> {
  const { core, actor } = options;
  const known = (await allSenders(core.db, actor.account)).filter(({ source }) => source !== null);
  const named = new Map(known.map((sender) => [sender.source, sender]));
  const kept = new Set(settings.filter(({ name, type }) => named.get(name)?.type === type).map(({ name }) => name));
  for (const { sid, source } of known) {
    if (!kept.has(source ?? '')) await core.run(deleteSender, actor, { sender: sid }).catch(unlessGone);
  }
  for (const setting of settings) {
    try {
      await keep(options, setting, kept.has(setting.name) ? named.get(setting.name) : undefined);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // Servers that start at the same time do the same. What another one was quicker at is there the next time.
      if (error.code === 20409 && attempts > 1) return keepFileSenders(options, settings, attempts - 1);
      throw new SettingsError([`The sender ${setting.name}: ${error.message}.`]);
    }
  }
}

function unlessGone(error: unknown): void {
  if (!(error instanceof Refusal && error.code === 20404)) throw error;
}

async function keep(options: FileSendersOptions, setting: SenderSetting, former: Sender | undefined): Promise<void> {
  const { keeper, vault, directory } = options;
  const { name, type, friendlyName = null, addresses } = setting;
  const config = withFiles(setting, keeper.moduleOf(type), directory);
  const order = { friendlyName, addresses, config, check: false };
  if (!former) {
    await keeper.create(type, order, name);
    return;
  }
  const { input } = await keeper.prepare(keeper.moduleOf(type), order);
  const same =
    former.friendly_name === friendlyName &&
    isDeepStrictEqual([...input.addresses].sort(), former.addresses) &&
    isDeepStrictEqual(openConfiguration(vault, former), config);
  if (same) return;
  // What the file does not have any more goes.
  const gone = Object.keys(openConfiguration(vault, former) ?? {}).filter((field) => !(field in config));
  const change = { ...config, ...Object.fromEntries(gone.map((field) => [field, null])) };
  await keeper.update(former, { ...order, config: change });
}

/** Puts the contents of files in the place of their paths, as with the secrets among the settings. */
function withFiles({ name, config }: SenderSetting, module: ChannelModule, directory: string): Configuration {
  return Object.fromEntries(
    Object.entries(config).map(([field, value]) => {
      const secret = module.secrets.find((one) => `${one}File` === field);
      if (secret === undefined) return [field, value];
      const path = resolve(directory, String(value));
      try {
        return [secret, readFileSync(path, 'utf8').trim()];
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw new SettingsError([`The sender ${name}: ${field} names ${path}, which cannot be read (${code}).`]);
      }
    }),
  );
}
