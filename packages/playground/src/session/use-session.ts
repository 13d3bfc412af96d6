import { useCallback, useEffect, useState } from 'react';
import { problemOf } from '../outgoing.ts';
import { RequestError } from './request.ts';
import { type PlaygroundSession, requestSession, type SessionWish } from './session.ts';

export type SessionState =
  | { phase: 'loading' }
  | { phase: 'unreachable'; problem: string }
  | { phase: 'ready'; session: PlaygroundSession };

const longestPauseSeconds = 16;

/** Gets a session when the page opens and tries again, ever more rarely, while the server does not answer. */
export function useSession() {
  const [state, setState] = useState<SessionState>({ phase: 'loading' });
  /** Where the page opens the phone; whoever changes that later has the conversation already. */
  const [phones, setPhones] = useState(phonesInAddress);
  const [attempt, setAttempt] = useState(0);
  const [starting, setStarting] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    let current = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    requestSession({ phones }).then(
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
  }, [attempt, phones]);

  const retry = useCallback(() => setAttempt((value) => value + 1), []);

  const change = useCallback(async (wish: SessionWish, failed: string) => {
    setStarting(true);
    setProblem(null);
    try {
      setState({ phase: 'ready', session: await requestSession(wish) });
      return true;
    } catch (error) {
      setProblem(`${failed}: ${problemOf(error)}.`);
      return false;
    } finally {
      setStarting(false);
    }
  }, []);

  const attached = state.phase === 'ready' ? (state.session.simulator?.url ?? null) : null;
  const startFresh = useCallback(() => {
    void change({ fresh: true, phones: attached }, 'No new conversation');
  }, [change, attached]);

  /** Puts the phone behind a simulator, or, with null, back behind the sandbox: another conversation. */
  const attach = useCallback(
    async (wanted: string | null) => {
      if (await change({ phones: wanted }, 'The phone stays where it is')) showInAddress(wanted);
    },
    [change],
  );

  const leaveSimulator = useCallback(() => {
    setState({ phase: 'loading' });
    setPhones(null);
    showInAddress(null);
  }, []);

  return { state, phones, retry, startFresh, attach, leaveSimulator, starting, problem };
}

const parameter = 'phones';

/** The address of a simulator, as \`colloquy simulate\` prints it behind that of this page. */
function phonesInAddress(): string | null {
  return new URLSearchParams(location.search).get(parameter);
}

function showInAddress(phones: string | null): void {
  const url = new URL(location.href);
  if (phones === null) url.searchParams.delete(parameter);
  else url.searchParams.set(parameter, phones);
  history.replaceState(null, '', url);
}

function explain(error: unknown): string {
  const status = error instanceof RequestError ? error.status : undefined;
  if (status === 0) return 'The server cannot be reached. Start it with “npm start”.';
  if (status === 404) return 'This server has no playground. It is there in development only.';
  return `${problemOf(error)}.`;
}
