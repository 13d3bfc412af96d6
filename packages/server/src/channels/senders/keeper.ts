import type { Sid } from '@colloquy/protocol';
import type { AccountActor } from '../../core/actor.ts';
import { parseProxyAddress } from '../../core/addresses.ts';
import type { Core } from '../../core/core.ts';
import type { IdempotencyKey } from '../../core/idempotency.ts';
import { refuse } from '../../core/refusal.ts';
import { createSender, type SenderInput, updateSender } from '../../core/senders/actions.ts';
import type { Sender, ShownSender } from '../../core/senders/store.ts';
import type { Vault } from '../../storage/vault.ts';
import type { ChannelModule, Check } from '../channel.ts';
import type { Address } from '../message.ts';
import { type Configuration, openConfiguration, readConfiguration, storeConfiguration } from './configuration.ts';
import type { SenderChannels } from './sender-channels.ts';

/** A provider that does not answer in this time cannot be asked now. */
const checkTimeout = 20_000;
const mostAddresses = 1000;

export interface SenderOrder {
  friendlyName?: string | null | undefined;
  /** In any spelling. Left out: those that the provider says belong to the configuration. */
  addresses?: readonly string[] | undefined;
  config: Configuration;
  /** False: the provider is not asked whether it works. */
  check: boolean;
}

/** What is left out stays as it is, secrets too; a field of the configuration that is null goes. */
export type SenderChange = { [F in keyof Omit<SenderOrder, 'check'>]?: SenderOrder[F] | undefined } & {
  check: boolean;
};

export interface KeptSender {
  sender: ShownSender;
  /** What the provider says about it, for people. */
  notes: readonly string[];
}

/** Takes senders in: checks what they are configured with, asks the provider, seals the secrets. */
export class SenderKeeper {
  readonly #core: Core;
  readonly #vault: Vault;
  readonly #channels: SenderChannels;
  readonly #actor: AccountActor;

  constructor(options: { core: Core; vault: Vault; channels: SenderChannels; account: Sid<'AC'> }) {
    this.#core = options.core;
    this.#vault = options.vault;
    this.#channels = options.channels;
    this.#actor = { kind: 'account', account: options.account };
  }

  /**
   * @param source its name in the configuration file; null for others
   * @throws Refusal 20001, 20422 for what does not fit or what the provider refuses, 20409 for an address that is taken
   */
  async create(
    type: string,
    order: SenderOrder,
    source: string | null,
    key?: IdempotencyKey | undefined,
  ): Promise<KeptSender> {
    const module = this.moduleOf(type);
    const { input, notes } = await this.prepare(module, order);
    const sender = await this.#core.run(createSender, this.#actor, { ...input, type, source }, key);
    return { sender, notes };
  }

  /**
   * @throws Refusal as `create`, and 20409 when it was changed meanwhile
   */
  async update(former: Sender, order: SenderChange, key?: IdempotencyKey | undefined): Promise<KeptSender> {
    const module = this.moduleOf(former.type);
    // Where its secrets cannot be opened any more, it takes all of them to be given again.
    const known = openConfiguration(this.#vault, former) ?? (JSON.parse(former.config) as Configuration);
    const merged = Object.entries({ ...known, ...order.config }).filter(([, value]) => value !== null);
    const { friendlyName = former.friendly_name, addresses = former.addresses } = order;
    const complete = { ...order, friendlyName, addresses, config: Object.fromEntries(merged) };
    const { input, notes } = await this.prepare(module, complete);
    const update = { ...input, sender: former.sid, revision: former.revision };
    const sender = await this.#core.run(updateSender, this.#actor, update, key);
    return { sender, notes };
  }

  /** Asks the provider about a sender as it is. */
  async check(sender: Sender): Promise<Check> {
    const configuration = openConfiguration(this.#vault, sender);
    if (!configuration) return { ok: false, reason: 'The key that its secrets were sealed with is gone.' };
    const module = this.moduleOf(sender.type);
    const parsed = readConfiguration(module, configuration) as Configuration;
    const answer = await this.#ask(module, parsed, sender.addresses);
    return answer.ok ? answer : { ok: false, reason: withoutSecrets(module, configuration, answer.reason) };
  }

  /** @throws Refusal 20422 */
  moduleOf(type: string): ChannelModule {
    const module = this.#channels.moduleOf(type);
    if (module) return module;
    const known = this.#channels.modules.map((one) => one.type).join(', ');
    throw refuse(20422, { parameter: 'type', reason: `no channel ${JSON.stringify(type)}; there are ${known}` });
  }

  /** Checks an order, and makes of it what is stored. @throws Refusal 20001, 20422 */
  async prepare(
    module: ChannelModule,
    { friendlyName = null, addresses, config, check }: SenderOrder,
  ): Promise<{ input: SenderInput; notes: readonly string[] }> {
    const parsed = readConfiguration(module, config) as Configuration;
    let own = addresses?.map((address) => readAddress(module, address));
    let notes: readonly string[] = [];
    if (check) {
      const answer = await this.#ask(module, parsed, own ?? []);
      if (!answer.ok)
        throw refuse(20422, { parameter: 'config', reason: withoutSecrets(module, config, answer.reason) });
      notes = answer.notes;
      own ??= [...answer.addresses];
    }
    if (!own || own.length === 0) throw refuse(20001, { parameter: 'addresses' });
    if (own.length > mostAddresses)
      throw refuse(20422, { parameter: 'addresses', reason: `more than ${mostAddresses}` });
    const stored = storeConfiguration(this.#vault, this.#actor.account, module, config);
    // Own addresses of one sender are of one kind.
    const windowHours = module.windowHours?.(own[0] ?? '') ?? null;
    return { input: { friendlyName, ...stored, addresses: [...new Set(own)], windowHours }, notes };
  }

  async #ask(module: ChannelModule, configuration: Configuration, addresses: readonly Address[]): Promise<Check> {
    const giveUp = new AbortController();
    const { clock } = this.#core;
    const callOff = clock.at(clock.now() + checkTimeout, () => giveUp.abort());
    try {
      return await this.#channels.check(module, configuration, addresses, giveUp.signal);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { ok: false, reason: `The provider could not be asked: ${reason}` };
    } finally {
      callOff();
    }
  }
}

function readAddress(module: ChannelModule, raw: string): Address {
  const parsed = parseProxyAddress(raw);
  if (!parsed.ok) throw refuse(20422, { parameter: 'addresses', reason: `${raw}: ${parsed.reason}` });
  if (module.accepts(parsed.address)) return parsed.address;
  throw refuse(20422, { parameter: 'addresses', reason: `${raw} is no address of ${module.title}` });
}

/** What a provider says of a refusal may repeat what it was sent. */
function withoutSecrets(module: ChannelModule, configuration: Configuration, text: string): string {
  return module.secrets.reduce((clean, name) => {
    const secret = configuration[name];
    return typeof secret === 'string' && secret !== '' ? clean.replaceAll(secret, '…') : clean;
  }, text);
}
