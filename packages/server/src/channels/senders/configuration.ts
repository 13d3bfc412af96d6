import { z } from 'zod';
import { refuse } from '../../core/refusal.ts';
import type { Sender } from '../../core/senders/store.ts';
import type { Vault } from '../../storage/vault.ts';
import type { ChannelModule } from '../channel.ts';

/** Field by field, as somebody gave it or as it is stored; checked against the schema of its channel when it is used. */
export type Configuration = Record<string, unknown>;

const purpose = (account: string) => `sender of ${account}`;

/** What of a configuration is stored as it is, and what sealed. */
export function storeConfiguration(vault: Vault, account: string, module: ChannelModule, configuration: Configuration) {
  const isSecret = ([name]: [string, unknown]) => module.secrets.includes(name);
  const entries = Object.entries(configuration);
  const secrets = Object.fromEntries(entries.filter(isSecret));
  const open = Object.fromEntries(entries.filter((entry) => !isSecret(entry)));
  return { config: JSON.stringify(open), secrets: vault.seal(JSON.stringify(secrets), purpose(account)) };
}

/** The whole configuration; undefined when the key that its secrets were sealed with is gone. */
export function openConfiguration(
  vault: Vault,
  sender: Pick<Sender, 'account_sid' | 'config' | 'secrets'>,
): Configuration | undefined {
  const secrets = vault.open(sender.secrets, purpose(sender.account_sid));
  if (secrets === undefined) return undefined;
  return { ...(JSON.parse(sender.config) as Configuration), ...(JSON.parse(secrets) as Configuration) };
}

/** Names of the secrets that a sender has; none when they cannot be opened any more. */
export function secretsOf(vault: Vault, sender: Sender): string[] {
  const secrets = vault.open(sender.secrets, purpose(sender.account_sid));
  return secrets === undefined ? [] : Object.keys(JSON.parse(secrets) as Configuration);
}

/**
 * @throws Refusal 20001 for a field that is missing, 20422 for one that does not fit
 */
export function readConfiguration<C extends object>(module: ChannelModule<C>, given: Configuration): C {
  const parsed = module.schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.') || (issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : 'config');
  if (issue?.code === 'invalid_type' && given[String(issue.path[0])] === undefined) {
    throw refuse(20001, { parameter: `config.${path}` });
  }
  const reason = issue?.code === 'unrecognized_keys' ? 'no such field' : (issue?.message ?? 'does not fit');
  throw refuse(20422, { parameter: `config.${path}`, reason });
}

/** What a configuration consists of, as JSON Schema. */
export function describeConfiguration(module: ChannelModule): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(module.schema, { io: 'input' }) as Record<string, unknown>;
  return schema;
}
