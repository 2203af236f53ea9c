/// The command line.
module dev.chrysalis.cli {
  requires dev.chrysalis.bench;
  requires dev.chrysalis.zoo;
  requires info.picocli;
  requires jdk.management;
  requires me.tongfei.progressbar;

  opens dev.chrysalis.cli to
      info.picocli;
}
