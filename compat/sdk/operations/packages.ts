import * as colloquy from '@colloquy/client';
import official, { type ClientOptions } from '@twilio/conversations';

/** What both packages export, as the official one declares it. That ours fits is proven elsewhere. */
export type Sdk = typeof official;

export interface Package {
  name: string;
  sdk: Sdk;
  /** What a program writes to reach a server of ours. */
  options(url: string): ClientOptions;
  /** Does the server speak its protocol? */
  reaches: boolean;
}

/** Where a server would speak the protocol of the official package. The client lets one choose the path. */
export const gatewayPath = '/v3/wsconnect';

export const packages: Package[] = [
  {
    name: '@colloquy/client',
    sdk: colloquy as unknown as Sdk,
    options: (url) => ({ url }) as ClientOptions,
    reaches: true,
  },
  {
    name: '@twilio/conversations',
    sdk: official,
    // Only `Twilsock` is declared, and both are read.
    options: (url) => ({ twilsock: { uri: `${url.replace('http', 'ws')}${gatewayPath}` } }) as ClientOptions,
    reaches: true,
  },
];
