impl Drop for Upload {
    fn drop(&mut self) {
        if !self.complete {
            self.abort_in_background(); //~ spawn-in-drop
        }
    }
}

pub struct Upload {
    complete: bool,
    id: UploadId,
}

impl Upload {
    fn abort_in_background(&self) {
        let id = self.id.clone();
        let _ = tokio::spawn(async move { abort(id).await }); //~ detached-spawn
    }
}
