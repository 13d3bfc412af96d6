import type { PushType } from '@colloquy/protocol';
import type { Vault } from '../../storage/vault.ts';
import { refuse } from '../refusal.ts';

/** What a credential holds, by its type. It is never answered, logged or stored unsealed. */
export type PushSecret =
  | { type: 'apn'; certificate?: string | undefined; privateKey?: string | undefined }
  | { type: 'fcm'; serviceAccount?: string | undefined }
  | { type: 'gcm'; apiKey?: string | undefined };

/** As a caller gives it; each type has its own of these, the others are ignored. */
export interface GivenSecret {
  certificate?: string | undefined;
  privateKey?: string | undefined;
  apiKey?: string | undefined;
  secret?: string | undefined;
}

/** A certificate chain or a service account is a few thousand characters. */
const longest = 64 * 1024;

/**
 * The secret of a new credential, or of one that changes: what is not given stays as it was. The contract wants
 * nothing but the type, and programs written for it make credentials of any text; whether something can be sent with
 * it shows when something is to be sent.
 *
 * @throws Refusal 20422 when something is too long
 */
export function mergeSecret(type: PushType, given: GivenSecret, former?: PushSecret): PushSecret {
  switch (type) {
    case 'apn': {
      const before = former?.type === 'apn' ? former : undefined;
      return {
        type,
        certificate: checkLength('Certificate', given.certificate) ?? before?.certificate,
        privateKey: checkLength('PrivateKey', given.privateKey) ?? before?.privateKey,
      };
    }
    case 'fcm': {
      const before = former?.type === 'fcm' ? former : undefined;
      return { type, serviceAccount: checkLength('Secret', given.secret) ?? before?.serviceAccount };
    }
    case 'gcm': {
      const before = former?.type === 'gcm' ? former : undefined;
      return { type, apiKey: checkLength('ApiKey', given.apiKey) ?? before?.apiKey };
    }
  }
}

function checkLength(parameter: string, value: string | undefined): string | undefined {
  if (value !== undefined && value.length > longest) {
    throw refuse(20422, { parameter, reason: `longer than ${longest} characters` });
  }
  return value;
}

const purpose = (account: string) => `push credential of ${account}`;

export function sealSecret(vault: Vault, account: string, secret: PushSecret): string {
  return vault.seal(JSON.stringify(secret), purpose(account));
}

/** @returns undefined when the key that it was sealed with is gone */
export function openSecret(vault: Vault, account: string, sealed: string): PushSecret | undefined {
  const text = vault.open(sealed, purpose(account));
  return text === undefined ? undefined : (JSON.parse(text) as PushSecret);
}
