import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { PushType } from '@colloquy/protocol';
import { z } from 'zod';
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

/** Nothing can be sent with what a credential holds. The message says why, and quotes nothing of it. */
export class UnusableSecret extends Error {}

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

/** A certificate and the key that belongs to it. */
export interface CertificatePair {
  certificate: string;
  privateKey: string;
}

/**
 * What the parsers say may quote the text, so none of it is shown.
 *
 * @throws UnusableSecret when it is no such pair
 */
export function readCertificatePair(certificate = '', privateKey = ''): CertificatePair {
  let parsed: X509Certificate;
  let key: KeyObject;
  try {
    parsed = new X509Certificate(certificate);
  } catch {
    throw new UnusableSecret('Its Certificate is not a certificate in PEM form.');
  }
  try {
    key = createPrivateKey(privateKey);
  } catch {
    throw new UnusableSecret('Its PrivateKey is not a private key in PEM form without a password.');
  }
  if (!parsed.checkPrivateKey(key)) throw new UnusableSecret('Its PrivateKey is not the key of its Certificate.');
  return { certificate, privateKey };
}

/** @throws UnusableSecret when the text is no service account */
export function readServiceAccount(text = ''): ServiceAccount {
  const parsed = serviceAccountForm.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new UnusableSecret(
      'Its Secret is not the JSON key file of a service account, which the FCM HTTP v1 API takes.',
    );
  }
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(parsed.data.private_key);
  } catch {
    throw new UnusableSecret('The private_key in its Secret is not a private key in PEM form.');
  }
  if (privateKey.asymmetricKeyType !== 'rsa') {
    throw new UnusableSecret('The private_key in its Secret is not an RSA key.');
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
