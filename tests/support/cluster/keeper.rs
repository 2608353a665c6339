//! The keeper: a small shell process that starts and stops the server. It reads its orders from a
//! pipe whose other end only this process holds, so the pipe closes after a clean exit, a panic and
//! a `kill -9` alike; the keeper then stops the server and removes the folder.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The script of the keeper: it reads one order per line, and prints one exit status per line. Its
/// children must not hold either end of the pipes, and it must survive a broken pipe and a Ctrl-C
/// to clean up.
const KEEPER: &str = r#"
trap '' PIPE INT HUP
bin=$1 dir=$2
while read -r order value; do
    case $order in
        init) "$bin/initdb" --pgdata="$dir/data" --username="$value" --auth=trust --encoding=UTF8 --no-locale --no-sync ;;
        start) "$bin/pg_ctl" --pgdata="$dir/data" --log="$dir/server.log" --wait --timeout=120 --options="-p $value" start ;;
        stop) "$bin/pg_ctl" --pgdata="$dir/data" --mode="$value" --wait --timeout=120 stop ;;
        copy) "${value% *}" --pgdata="$dir/data" --dbname="${value#* }" --write-recovery-conf --checkpoint=fast --no-sync ;;
        backup) "${value% *}" --pgdata="$dir/data" --dbname="${value#* }" --wal-method=stream --checkpoint=fast --no-sync ;;
        promote) "$bin/pg_ctl" --pgdata="$dir/data" --wait --timeout=120 promote ;;
        kill) pid=$(head -n 1 "$dir/data/postmaster.pid"); kill -9 "$pid" $(cat "/proc/$pid/task/$pid/children") ;;
    esac </dev/null >>"$dir/keeper.log" 2>&1
    echo $? 2>/dev/null
done
"$bin/pg_ctl" --pgdata="$dir/data" --mode=immediate --wait stop </dev/null >/dev/null 2>&1
cd / && rm -rf "$dir"
"#;

#[derive(Debug)]
pub(super) struct Keeper {
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Keeper {
    pub(super) fn spawn(bin: &Path, folder: &Path, account: Option<(u32, u32)>) -> Self {
        let mut command = Command::new("sh");
        command
            .args(["-c", KEEPER, "sh"])
            .arg(bin)
            .arg(folder)
            .current_dir(folder);
        // Its own process group: a Ctrl-C in the terminal must reach only the tests; the pipe then
        // closes.
        command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if let Some((user, group)) = account {
            command.uid(user).gid(group);
        }
        let mut process = command.spawn().expect("starting sh");
        let orders = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("the pipe was requested"));
        Self {
            process,
            orders,
            answers,
        }
    }

    pub(super) fn order(&mut self, order: &str) -> bool {
        let pipe = self.orders.as_mut().expect("open until dropped");
        writeln!(pipe, "{order}").expect("giving the keeper an order");
        let mut answer = String::new();
        self.answers
            .read_line(&mut answer)
            .expect("reading the keeper's answer");
        answer.trim_end() == "0"
    }

    pub(super) fn must(&mut self, order: &str, folder: &Path) {
        assert!(
            self.order(order),
            "PostgreSQL: `{order}` failed: {}",
            logs(folder)
        );
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.orders = None;
        let _ = self.process.wait();
    }
}

/// Returns what the keeper and the server have logged.
pub(super) fn logs(folder: &Path) -> String {
    ["keeper.log", "server.log"]
        .map(|name| fs::read_to_string(folder.join(name)).unwrap_or_default())
        .concat()
}
