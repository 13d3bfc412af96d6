import { Alert, Button, Loader, Text } from '@mantine/core';
import classes from './app.module.css';
import { Workspace } from './page/workspace.tsx';
import { useSession } from './session/use-session.ts';

export function App() {
  const { state, retry, startFresh, starting, problem } = useSession();

  if (state.phase === 'ready') {
    return <Workspace session={state.session} onFresh={startFresh} starting={starting} problem={problem} />;
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
        </Alert>
      )}
    </main>
  );
}
