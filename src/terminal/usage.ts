export const usage = `Generates many candidates of a prompt at once.

Usage:
  parallel-candidates generate <file…> [options]
  parallel-candidates resume [run] [options]     go on with a run that was interrupted, here or in the editor
  parallel-candidates runs [--json]              the runs of this folder, newest first
  parallel-candidates discard <run>              forget a run; its candidates stay
  parallel-candidates clear-cache                forget the cached texts

What to generate:
  --candidates N      candidates of each prompt, instead of what its file says
  --model M[,M…]      models, instead of what the prompt file says
  --out DIR           folder for the candidates, instead of one beside each prompt
  --cache MODE        off, on (texts that were made before are not made again) or refresh
  --dry-run           show the plan and spend nothing

What to resume (default: what has not ended, of the newest run with such):
  --failed            what has failed, and nothing else
  --item ID[,ID…]     these items, whatever became of them

Where:
  --service NAME      a service of the workspace's settings, or "demo" (default) or "openai"
  --base-url URL      an OpenAI-compatible endpoint
  --api-key-env NAME  environment variable that holds the API key (default OPENAI_API_KEY)

How fast:
  --concurrency N     attempts at once (default auto: starts with 5 and widens by itself)
  --rpm N             requests per minute
  --tpm N             tokens per minute
  --safety F          share of the rates to use, above 0 to 1 (default 0.8)
  --attempts N        attempts per candidate (default 3)
  --retry-base MS     longest wait before the first retry; doubles each time (default 1000)
  --sequential        one at a time, with the same files

Output:
  --json              one JSON object on standard output and nothing else; none with exit status 2

Exit status: 0 every candidate was written; 1 some failed or were cancelled; 2 bad usage or input,
before anything was spent; 130 interrupted.`;

/** What was asked for is not possible, and nothing was spent: the message is one sentence for the person. */
export class Refusal extends Error {}

/** Something the person typed cannot be used. */
export class UsageError extends Refusal {}
