import { useEffect, useState } from 'react';
import { type PlaygroundSession, requestSession } from '../session/session.ts';
import { openThread, type Thread } from './thread.ts';

/** Opens a thread for each user of the session, and closes them when another conversation takes its place. */
export function useThreads(session: PlaygroundSession): Thread[] {
  const [threads, setThreads] = useState<Thread[]>([]);

  useEffect(() => {
    const opened = session.users.map(({ identity, token }) =>
      openThread({
        identity,
        token,
        conversationSid: session.conversationSid,
        url: location.origin,
        renewToken: () => newToken(identity),
      }),
    );
    setThreads(opened);
    return () => {
      for (const thread of opened) thread.close();
    };
  }, [session]);

  return threads;
}

async function newToken(identity: string): Promise<string> {
  const { users } = await requestSession();
  const user = users.find((one) => one.identity === identity);
  if (user === undefined) throw new Error(`The server knows no user ${identity} any more`);
  return user.token;
}
