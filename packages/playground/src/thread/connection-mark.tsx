import type { ConnectionState } from '@colloquy/client';
import classes from './connection-mark.module.css';

const words: Readonly<Record<string, string>> = {
  unknown: 'Connecting…',
  connecting: 'Connecting…',
  retrying: 'Connecting…',
  connected: 'Connected',
  disconnecting: 'Closing…',
  disconnected: 'Offline',
  denied: 'Refused',
  error: 'Connection error',
};

/** The state of one client's connection, in words beside a dot. */
export function ConnectionMark({ connection }: { connection: ConnectionState }) {
  return (
    <span className={classes['mark']} data-connection={connection} role="status">
      <span className={classes['dot']} aria-hidden="true" />
      {words[connection] ?? connection}
    </span>
  );
}
