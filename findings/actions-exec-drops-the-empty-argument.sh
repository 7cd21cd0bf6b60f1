#!/usr/bin/env bash
# @actions/exec 3.0.0 and azure-pipelines-task-lib 5.281.0 (npm)
#
# The toolkits of GitHub Actions and of Azure Pipelines both take a command as one line and split it themselves, without a
# shell; in both, double quotes keep a word with blanks together. The same line becomes different words. An empty argument
# in quotes, by which one gives an empty value, is kept by the toolkit of Azure Pipelines and vanishes in that of GitHub
# Actions, so that the option before it takes the next option as its value. Single quotes are letters for both, so
# `'get pods'` is two words with a quote each. A list of arguments, the second parameter of `exec`, is handed over as it
# is, the empty one too. Seen: the words that a program got.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" @actions/exec@3.0.0 azure-pipelines-task-lib@5.281.0
cat >"$folder/words.mjs" <<'JAVASCRIPT'
import { createRequire } from 'node:module';
import { getExecOutput } from '@actions/exec';

const log = console.log;
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = (text, ...more) => (String(text).startsWith('##vso') ? true : write(text, ...more));
const { tool } = createRequire(import.meta.url)('azure-pipelines-task-lib/task');

const PRINT = 'printf [%s]';
const quiet = { silent: true };
const github = async (line, args = []) => (await getExecOutput(`${PRINT} ${line}`, args, quiet)).stdout;
const pipelines = (line) => tool('printf').line(`[%s] ${line}`).execSync({ silent: true }).stdout;

const seen = {};
for (const line of ['a "b c" d', '--selector "" --all', "'get pods'"]) {
  seen[line] = [await github(line), pipelines(line)];
  log(`${line}: GitHub Actions ${seen[line][0]}, Azure Pipelines ${seen[line][1]}`);
}
const list = await github('', ['--selector', '', '--all']);
log(`as a list: GitHub Actions ${list}`);
const expected = {
  'a "b c" d': ['[a][b c][d]', '[a][b c][d]'],
  '--selector "" --all': ['[--selector][--all]', '[--selector][][--all]'],
  "'get pods'": ["['get][pods']", "['get][pods']"],
};
if (JSON.stringify(seen) !== JSON.stringify(expected) || list !== '[--selector][][--all]') process.exit(1);
JAVASCRIPT
node "$folder/words.mjs"
