/** Certificates for tests, made when they are needed: X.509 (RFC 5280) in DER (ITU-T X.690), P-256 keys. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface Certificate {
  /** PEM. */
  certificate: string;
  /** PEM, PKCS #8. */
  key: string;
}

export interface Issued {
  /** Common name. */
  name: string;
  /** The user id in the subject, where Apple writes the bundle id of an app. */
  uid?: string;
}

const value = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const size = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const sequence = (...parts: Buffer[]) => value(0x30, ...parts);
const text = (tag: number, content: string) => value(tag, Buffer.from(content));
const identifier = (...bytes: number[]) => value(0x06, Buffer.from(bytes));

const ecdsaWithSha256 = sequence(identifier(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const commonName = identifier(0x55, 0x04, 0x03);
const userId = identifier(0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01);
const basicConstraints = identifier(0x55, 0x1d, 0x13);
const subjectAltName = identifier(0x55, 0x1d, 0x11);
const yes = Buffer.from([0x01, 0x01, 0xff]);
const validity = sequence(text(0x17, '200101000000Z'), text(0x17, '491231235959Z'));
let serial = 0;

function nameOf({ name, uid }: Issued): Buffer {
  const attribute = (type: Buffer, content: string) => value(0x31, sequence(type, text(0x0c, content)));
  return sequence(...(uid === undefined ? [] : [attribute(userId, uid)]), attribute(commonName, name));
}

/** Issues certificates, for servers on this machine and for clients. */
export class CertificateAuthority {
  /** PEM. */
  readonly certificate: string;
  readonly #subject: Issued;
  readonly #key: KeyObject;

  constructor(name: string) {
    this.#subject = { name };
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    this.certificate = this.#sign(this.#subject, publicKey, [
      sequence(basicConstraints, yes, value(0x04, sequence(yes))),
    ]);
  }

  issue(subject: Issued): Certificate {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const loopback = value(0x87, Buffer.from([127, 0, 0, 1]));
    const certificate = this.#sign(subject, publicKey, [sequence(subjectAltName, value(0x04, sequence(loopback)))]);
    return { certificate, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  }

  #sign(subject: Issued, publicKey: KeyObject, extensions: Buffer[]): string {
    serial += 1;
    const body = sequence(
      value(0xa0, value(0x02, Buffer.from([2]))),
      value(0x02, Buffer.from([serial])),
      ecdsaWithSha256,
      nameOf(this.#subject),
      validity,
      nameOf(subject),
      publicKey.export({ type: 'spki', format: 'der' }),
      value(0xa3, sequence(...extensions)),
    );
    const signature = sign('sha256', body, this.#key);
    const der = sequence(body, ecdsaWithSha256, value(0x03, Buffer.from([0]), signature));
    const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
    return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  }
}

/** A key pair as Google gives service accounts. */
export function rsaKeys(): { publicKey: KeyObject; privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { publicKey, privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
