import type { Scheduler } from '../../core/clock.ts';
import { openSecret, type PushSecret } from '../../core/push/secrets.ts';
import type { PushCredentialsTable } from '../../storage/schema/push.ts';
import type { Vault } from '../../storage/vault.ts';
import { AccessTokens } from './access-tokens.ts';
import { ApnsSender } from './apns.ts';
import { FcmSender } from './fcm.ts';
import type { PushHosts } from './hosts.ts';
import { Http2Client } from './http2-client.ts';
import { readCertificatePair, readServiceAccount, UnusableSecret } from './keys.ts';
import { type PushSender, RefusingSender } from './sender.ts';

export interface SendersOptions {
  clock: Scheduler;
  vault: Vault;
  hosts: PushHosts;
  /** Certificate authorities instead of the usual ones, as PEM: for tests. */
  ca?: string | undefined;
}

interface Open {
  sender: PushSender;
  /** What of the credential it was made from. */
  secret: string;
  sandbox: number;
}

/** A sender for each credential, made when it is first needed and made anew when the credential was changed. */
export class Senders {
  readonly #options: SendersOptions;
  readonly #tls: { ca?: string };
  readonly #fcm: Http2Client;
  readonly #fcmToken: Http2Client;
  readonly #open = new Map<string, Open>();

  constructor(options: SendersOptions) {
    const { clock, hosts, ca } = options;
    this.#options = options;
    this.#tls = ca === undefined ? {} : { ca };
    this.#fcm = new Http2Client(hosts.fcm, clock, this.#tls);
    this.#fcmToken = new Http2Client(new URL(hosts.fcmToken).origin, clock, this.#tls);
  }

  of(credential: PushCredentialsTable): PushSender {
    const known = this.#open.get(credential.sid);
    if (known && known.secret === credential.secret && known.sandbox === credential.sandbox) return known.sender;
    known?.sender.close();
    const { secret, sandbox } = credential;
    const sender = this.#make(credential);
    this.#open.set(credential.sid, { sender, secret, sandbox });
    return sender;
  }

  close(): void {
    for (const { sender } of this.#open.values()) sender.close();
    this.#open.clear();
    this.#fcm.close();
    this.#fcmToken.close();
  }

  #make({ account_sid, secret: sealed, sandbox }: PushCredentialsTable): PushSender {
    const secret = openSecret(this.#options.vault, account_sid, sealed);
    if (secret === undefined) {
      return new RefusingSender(
        'sealed',
        'The credential cannot be opened with the key in secrets.key: update it with its certificate or secret.',
      );
    }
    try {
      return this.#senderWith(secret, sandbox);
    } catch (error) {
      if (!(error instanceof UnusableSecret)) throw error;
      return new RefusingSender('unusable', `Nothing can be sent with the credential. ${error.message}`);
    }
  }

  #senderWith(secret: PushSecret, sandbox: number): PushSender {
    const { clock, hosts } = this.#options;
    switch (secret.type) {
      case 'apn': {
        const { certificate, privateKey } = readCertificatePair(secret.certificate, secret.privateKey);
        const origin = sandbox === 1 ? hosts.apnsSandbox : hosts.apns;
        const http = new Http2Client(origin, clock, { ...this.#tls, cert: certificate, key: privateKey });
        return new ApnsSender(certificate, http, clock);
      }
      case 'fcm': {
        const account = readServiceAccount(secret.serviceAccount);
        const tokens = new AccessTokens(account, hosts.fcmToken, this.#fcmToken, clock);
        return new FcmSender(account, this.#fcm, tokens, clock);
      }
      case 'gcm':
        return new RefusingSender(
          'gcm-ended',
          'Google has ended GCM and its server keys: make a credential of type fcm with a service account.',
        );
    }
  }
}
