/** What a credential holds, as the push services want it. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { z } from 'zod';

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
