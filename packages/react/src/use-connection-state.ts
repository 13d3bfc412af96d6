import type { Client, ClientEvents, ConnectionState } from '@colloquy/client';
import { useClient } from './client-context.ts';
import { listen } from './listen.ts';
import { storePer, useStore } from './store.ts';

const connectionStore = storePer((changed, client: Client) => ({
  snapshot: () => client.connectionState,
  start: () => listen<ClientEvents>(client, { connectionStateChanged: changed }),
}));

/** Whether the client is connected; `unknown` on the server and without a client. */
export function useConnectionState(): ConnectionState {
  const client = useClient();
  return useStore(client && connectionStore(client), 'unknown');
}
