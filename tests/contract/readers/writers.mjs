// What the libraries of both runners write: on stdin {"github": [[title, message]], "azure": [[code, message]],
// "summaries": [path]}, on stdout the same with the lines.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const folder = `${process.env.READERS}/node_modules`;
const core = await import(pathToFileURL(`${folder}/@actions/core/lib/core.js`));
const { TaskCommand } = createRequire(`${folder}/`)('azure-pipelines-task-lib/taskcommand');

function written(write) {
  const kept = process.stdout.write;
  let text = '';
  process.stdout.write = (chunk) => { text += chunk; return true; };
  try {
    write();
  } finally {
    process.stdout.write = kept;
  }
  return text.replace(/\r?\n$/, '');
}

const asked = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify({
  github: asked.github.map(([title, message]) => written(() => core.error(message, { title }))),
  azure: asked.azure.map(([code, message]) => new TaskCommand('task.logissue', { type: 'error', code }, message).toString()),
  summaries: asked.summaries.map((path) => new TaskCommand('task.uploadsummary', null, path).toString()),
}));
