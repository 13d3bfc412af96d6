import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { PushType } from '@colloquy/protocol';
import { z } from 'zod';
import type { Vault } from '../../storage/vault.ts';
import { refuse } from '../refusal.ts';

/** What a credential holds, by its type. It is never answered, logged or stored unsealed. */
export type PushSecret =
  | { type: 'apn'; certificate: string; privateKey: string }
  | { type: 'fcm'; serviceAccount: string }
  | { type: 'gcm'; apiKey: string };

/** As a caller gives it; each type has its own of these, the others are ignored. */
export interface GivenSecret {
  certificate?: string | undefined;
  privateKey?: string | undefined;
  apiKey?: string | undefined;
  secret?: string | undefined;
}

/** A certificate chain or a service account is a few thousand characters. */
const longest = 64 * 1024;

/** What of Google's service-account file it takes to send. */
const serviceAccountForm = z.object({
  project_id: z.string().regex(/^[a-z0-9.:-]{1,100}$/i),
  client_email: z.string().min(3).max(320),
  private_key: z.string().min(1),
  private_key_id: z.string().max(200).optional(),
});

export interface ServiceAccount {
  projectId: string;
  clientEmail: string;
  privateKey: KeyObject;
  privateKeyId: string | undefined;
}

/**
 * The secret of a new credential, or of one that changes: what is not given stays as it was.
 *
 * @throws Refusal 20001 when something is missing, 20422 when it is not what it should be
 */
export function checkSecret(type: PushType, given: GivenSecret, former?: PushSecret): PushSecret {
  switch (type) {
    case 'apn': {
      const before = former?.type === 'apn' ? former : undefined;
      const certificate = required('Certificate', given.certificate, before?.certificate);
      const privateKey = required('PrivateKey', given.privateKey, before?.privateKey);
      checkPair(certificate, privateKey);
      return { type, certificate, privateKey };
    }
    case 'fcm': {
      const serviceAccount = required(
        'Secret',
        given.secret,
        former?.type === 'fcm' ? former.serviceAccount : undefined,
      );
      readServiceAccount(serviceAccount);
      return { type, serviceAccount };
    }
    case 'gcm':
      return { type, apiKey: required('ApiKey', given.apiKey, former?.type === 'gcm' ? former.apiKey : undefined) };
  }
}

function required(parameter: string, given: string | undefined, former: string | undefined): string {
  const value = given ?? former;
  if (value === undefined) throw refuse(20001, { parameter });
  if (value.trim() === '') throw refuse(20422, { parameter, reason: 'empty' });
  if (value.length > longest) throw refuse(20422, { parameter, reason: `longer than ${longest} characters` });
  return value;
}

/** What the parsers say may quote the text, so none of it is shown. */
function checkPair(certificate: string, privateKey: string): void {
  let parsed: X509Certificate;
  let key: KeyObject;
  try {
    parsed = new X509Certificate(certificate);
  } catch {
    throw refuse(20422, { parameter: 'Certificate', reason: 'not a certificate in PEM form' });
  }
  try {
    key = createPrivateKey(privateKey);
  } catch {
    throw refuse(20422, { parameter: 'PrivateKey', reason: 'not a private key in PEM form without a password' });
  }
  if (!parsed.checkPrivateKey(key)) {
    throw refuse(20422, { parameter: 'PrivateKey', reason: 'not the key of the certificate' });
  }
}

/** @throws Refusal 20422 when the text is no service account */
export function readServiceAccount(text: string): ServiceAccount {
  const reason = 'not the JSON key file of a service account, which the FCM HTTP v1 API takes';
  const parsed = serviceAccountForm.safeParse(parseJson(text));
  if (!parsed.success) throw refuse(20422, { parameter: 'Secret', reason });
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(parsed.data.private_key);
  } catch {
    throw refuse(20422, { parameter: 'Secret', reason: 'its private_key is not a private key in PEM form' });
  }
  if (privateKey.asymmetricKeyType !== 'rsa') {
    throw refuse(20422, { parameter: 'Secret', reason: 'its private_key is not an RSA key' });
  }
  const { project_id: projectId, client_email: clientEmail, private_key_id: privateKeyId } = parsed.data;
  return { projectId, clientEmail, privateKey, privateKeyId };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
