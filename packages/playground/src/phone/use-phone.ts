import { useEffect, useState } from 'react';
import { type PlaygroundSession, requestSession } from '../session/session.ts';
import { openPhone, type Phone } from './phone.ts';
import { createSandbox } from './sandbox.ts';
import { simulatedLine } from './simulator.ts';

/** Opens the session's phone, and closes it when another conversation takes its place. */
export function usePhone(session: PlaygroundSession): Phone | undefined {
  const [phone, setPhone] = useState<Phone>();

  useEffect(() => {
    const { address, proxyAddress } = session.phone;
    const { simulator } = session;
    const opened = openPhone({
      line: simulator ? simulatedLine(simulator) : createSandbox(address, session.sandboxToken, newToken),
      proxyAddress,
      visible,
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
    setPhone(opened);
    return () => opened.close();
  }, [session]);

  return phone;
}

async function newToken(): Promise<string> {
  return (await requestSession()).sandboxToken;
}

function visible(): Promise<void> {
  if (document.visibilityState === 'visible') return Promise.resolve();
  return new Promise((resolve) => {
    const check = () => {
      if (document.visibilityState !== 'visible') return;
      document.removeEventListener('visibilitychange', check);
      resolve();
    };
    document.addEventListener('visibilitychange', check);
  });
}
