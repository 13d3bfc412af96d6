import { useCallback, useEffect, useState } from 'react';
import { problemOf } from '../outgoing.ts';
import { RequestError } from './request.ts';
import { type PlaygroundSession, requestSession } from './session.ts';

export type SessionState =
  | { phase: 'loading' }
  | { phase: 'unreachable'; problem: string }
  | { phase: 'ready'; session: PlaygroundSession };

const longestPauseSeconds = 16;

/** Gets a session when the page opens and tries again, ever more rarely, while the server does not answer. */
export function useSession() {
  const [state, setState] = useState<SessionState>({ phase: 'loading' });
  const [attempt, setAttempt] = useState(0);
  const [starting, setStarting] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    let current = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    requestSession().then(
      (session) => {
        if (current) setState({ phase: 'ready', session });
      },
      (error: unknown) => {
        if (!current) return;
        setState({ phase: 'unreachable', problem: explain(error) });
        timer = setTimeout(() => setAttempt(attempt + 1), Math.min(2 ** attempt, longestPauseSeconds) * 1000);
      },
    );
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [attempt]);

  const retry = useCallback(() => setAttempt((value) => value + 1), []);

  const startFresh = useCallback(async () => {
    setStarting(true);
    setProblem(null);
    try {
      setState({ phase: 'ready', session: await requestSession({ fresh: true }) });
    } catch (error) {
      setProblem(`No new conversation: ${problemOf(error)}.`);
    } finally {
      setStarting(false);
    }
  }, []);

  return { state, retry, startFresh, starting, problem };
}

function explain(error: unknown): string {
  const status = error instanceof RequestError ? error.status : undefined;
  if (status === 0) return 'The server cannot be reached. Start it with “npm start”.';
  if (status === 404) return 'This server has no playground. It is there in development only.';
  return `${problemOf(error)}.`;
}
