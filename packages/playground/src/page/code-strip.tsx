import { Button } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import type { PlaygroundSession } from '../session/session.ts';
import { type CodeSample, codeSamples } from './code-samples.ts';
import classes from './code-strip.module.css';

/** The code that does what the page does, folded away until somebody wants it. */
export function CodeStrip({ session }: { session: PlaygroundSession }) {
  return (
    <details className={classes['strip']}>
      <summary className={classes['summary']}>The same in code</summary>
      <div className={classes['samples']}>
        {codeSamples(session, location.origin).map((sample) => (
          <Sample key={sample.title} sample={sample} />
        ))}
      </div>
    </details>
  );
}

function Sample({ sample: { title, code } }: { sample: CodeSample }) {
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <section className={classes['sample']} aria-label={title}>
      <div className={classes['head']}>
        <h3 className={classes['title']}>{title}</h3>
        <Button size="compact-xs" variant="default" onClick={() => clipboard.copy(code)} aria-label={`Copy: ${title}`}>
          {clipboard.copied ? 'Copied' : 'Copy'}
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <pre className={classes['code']} tabIndex={0}>
        {code}
      </pre>
    </section>
  );
}
