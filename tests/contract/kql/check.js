// Parse and bind queries by Microsoft's language service for Kusto; see __main__.py for the input.
'use strict';

require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');

const { Symbols, GlobalState, KustoCode } = Kusto.Language; // eslint-disable-line no-undef

function database(tables) {
  const symbols = Object.entries(tables).map(([name, { schema, columns }]) => {
    const table = Symbols.TableSymbol.From(schema).WithName(name);
    if (table.Columns.Count !== columns) {
      throw new Error(`the schema of ${name} was read as ${table.Columns.Count} columns, not ${columns}`);
    }
    return table;
  });
  return GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('graph', symbols));
}

function complaints(text, globals) {
  const found = KustoCode.ParseAndAnalyze(text, globals).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, index) => found.getItem(index).Message);
}

const { tables, queries, faulty } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const globals = database(tables);
let failed = 0;

for (const [about, text] of queries) {
  for (const message of complaints(text, globals)) {
    failed += 1;
    console.log(`${about}: ${message}\n    ${text}`);
  }
}
for (const [about, text] of faulty) {
  if (!complaints(text, globals).length) {
    failed += 1;
    console.log(`the checker takes a faulty query, so it checks nothing: ${about}`);
  }
}
console.log(`${queries.length} queries, ${faulty.length} faulty ones, ${failed} complaints`);
process.exit(failed || !queries.length ? 1 : 0);
