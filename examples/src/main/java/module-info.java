/// One idea a file, on the layers below.
module dev.chrysalis.examples {
  requires dev.chrysalis.zoo;
}
