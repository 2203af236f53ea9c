/// What every backend is held to, in the program itself, so that it can be run on a machine that
/// has nothing but the program: `BackendCases` lists the cases, `OpTable` the ops and inputs of
/// most of them.
package dev.chrysalis.tensor.cases;
