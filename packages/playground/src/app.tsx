import { Alert, Button, Loader, Text } from '@mantine/core';
import classes from './app.module.css';
import { Workspace } from './page/workspace.tsx';
import { useSession } from './session/use-session.ts';

export function App() {
  const { state, phones, retry, startFresh, attach, leaveSimulator, starting, problem } = useSession();

  if (state.phase === 'ready') {
    return (
      <Workspace session={state.session} onFresh={startFresh} onAttach={attach} starting={starting} problem={problem} />
    );
  }
  return (
    <main className={classes['notice']}>
      {state.phase === 'loading' ? (
        <div role="status" className={classes['loading']}>
          <Loader size="sm" aria-hidden />
          <Text>Opening the conversation…</Text>
        </div>
      ) : (
        <Alert color="red" variant="outline" title="The conversation cannot be opened" className={classes['alert']}>
          <Text size="sm">{state.problem} This page tries again every few seconds.</Text>
          <Button mt="md" size="sm" onClick={retry}>
            Try again now
          </Button>
          {phones !== null && (
            <Button mt="md" ml="sm" size="sm" variant="default" onClick={leaveSimulator}>
              Use the sandbox
            </Button>
          )}
        </Alert>
      )}
    </main>
  );
}
