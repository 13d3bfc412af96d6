import * as colloquy from '@colloquy/client';
import official, { type ClientOptions } from '@twilio/conversations';

/** What both packages export, as the official one declares it. That ours fits is proven elsewhere. */
export type Sdk = typeof official;

export interface Package {
  name: string;
  sdk: Sdk;
  /** What a program writes to reach a server of ours. */
  options(url: string): ClientOptions;
  /** Ours promises some things that the other one does not: the page of differences says which. */
  isOurs: boolean;
}

/** Where the server speaks the protocol of the official package. */
const gatewayPath = '/v3/wsconnect';

export const packages: Package[] = [
  {
    name: '@colloquy/client',
    sdk: colloquy as unknown as Sdk,
    options: (url) => ({ url }) as ClientOptions,
    isOurs: true,
  },
  {
    name: '@twilio/conversations',
    sdk: official,
    // Only `Twilsock` is declared, and both are read.
    options: (url) => ({ twilsock: { uri: `${url.replace('http', 'ws')}${gatewayPath}` } }) as ClientOptions,
    isOurs: false,
  },
];
