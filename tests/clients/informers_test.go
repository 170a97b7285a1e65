package clients

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/util/retry"
)

var maps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}

// An informer of each sort sees each change once, also through restarts of the server.
func TestInformersSurviveRestarts(t *testing.T) {
	ns := space(t)
	stop := make(chan struct{})
	defer close(stop)
	type seen struct {
		sync.Mutex
		adds, deletes map[string]int
		versions      map[string][]string
	}
	all := map[string]*seen{}
	infs := map[string]cache.SharedIndexInformer{}
	infs["typed"] = informers.NewSharedInformerFactoryWithOptions(clientset(t), 0, informers.WithNamespace(ns)).Core().V1().ConfigMaps().Informer()
	infs["dynamic"] = dynamicinformer.NewFilteredDynamicSharedInformerFactory(dynamic.NewForConfigOrDie(config(t)), 0, ns, nil).ForResource(maps).Informer()
	infs["metadata"] = metadatainformer.NewFilteredSharedInformerFactory(metadata.NewForConfigOrDie(config(t)), 0, ns, nil).ForResource(maps).Informer()
	for name, inf := range infs {
		s := &seen{adds: map[string]int{}, deletes: map[string]int{}, versions: map[string][]string{}}
		all[name] = s
		note := func(o any) metav1.Object {
			if d, ok := o.(cache.DeletedFinalStateUnknown); ok {
				o = d.Obj
			}
			return o.(metav1.Object)
		}
		inf.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc: func(o any) { s.Lock(); s.adds[note(o).GetName()]++; s.Unlock() },
			UpdateFunc: func(_, o any) {
				s.Lock()
				m := note(o)
				v := s.versions[m.GetName()]
				if len(v) == 0 || v[len(v)-1] != m.GetResourceVersion() {
					s.versions[m.GetName()] = append(v, m.GetResourceVersion())
				}
				s.Unlock()
			},
			DeleteFunc: func(o any) { s.Lock(); s.deletes[note(o).GetName()]++; s.Unlock() },
		})
		inf.SetWatchErrorHandler(func(r *cache.Reflector, err error) { t.Logf("%s: %v", name, err) })
		go inf.Run(stop)
		if !cache.WaitForCacheSync(wait.NeverStop, inf.HasSynced) {
			t.Fatal("no sync")
		}
	}
	c := clientset(t).CoreV1().ConfigMaps(ns)
	made := 0
	changes := func(n int) {
		for range n {
			name := fmt.Sprintf("c%04d", made)
			made++
			_, err := c.Create(ctx(t), configMap(name), metav1.CreateOptions{})
			must(t, err)
			if made%3 == 0 {
				must(t, c.Delete(ctx(t), name, metav1.DeleteOptions{}))
			}
		}
	}
	check := func(when string) {
		t.Helper()
		for name, inf := range infs {
			eventually(t, name+" informer has it all "+when, func() (bool, error) {
				have := len(inf.GetStore().ListKeys())
				want := made - made/3 + 1
				if have != want {
					return false, fmt.Errorf("%d of %d", have, want)
				}
				return true, nil
			})
		}
	}
	changes(30)
	check("at first")
	restart(t, "SIGTERM")
	changes(30)
	check("after SIGTERM")
	restart(t, "SIGKILL")
	changes(30)
	check("after SIGKILL")
	for name, s := range all {
		s.Lock()
		for i := range made {
			key := fmt.Sprintf("c%04d", i)
			// Made and deleted while the watch was away may be missed by a list, never by a resumed watch.
			if s.adds[key] != 1 {
				t.Errorf("%s: %s added %d times", name, key, s.adds[key])
			}
			if i%3 == 2 && s.deletes[key] != 1 {
				t.Errorf("%s: %s deleted %d times", name, key, s.deletes[key])
			}
		}
		s.Unlock()
	}
}

func TestRetryOnConflictCountsExactly(t *testing.T) {
	ns := space(t)
	c := clientset(t).CoreV1().ConfigMaps(ns)
	m := configMap("counter")
	m.Data["n"] = "0"
	_, err := c.Create(ctx(t), m, metav1.CreateOptions{})
	must(t, err)
	const workers, rounds = 20, 10
	errs := make(chan error)
	for range workers {
		go func() {
			for range rounds {
				err := retry.OnError(wait.Backoff{Steps: 1000, Duration: time.Millisecond, Factor: 1.1, Jitter: 1, Cap: 50 * time.Millisecond}, func(err error) bool { return true }, func() error {
					m, err := c.Get(context.Background(), "counter", metav1.GetOptions{})
					if err != nil {
						return err
					}
					var n int
					fmt.Sscan(m.Data["n"], &n)
					m.Data["n"] = fmt.Sprint(n + 1)
					_, err = c.Update(context.Background(), m, metav1.UpdateOptions{})
					return err
				})
				if err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range workers {
		must(t, <-errs)
	}
	m, err = c.Get(ctx(t), "counter", metav1.GetOptions{})
	must(t, err)
	if m.Data["n"] != fmt.Sprint(workers*rounds) {
		t.Errorf("counted %s", m.Data["n"])
	}
}

func TestLeaderElectionFailsOver(t *testing.T) {
	ns := space(t)
	c := clientset(t)
	leading := make(chan string, 10)
	candidate := func(id string) context.CancelFunc {
		cx, cancel := context.WithCancel(context.Background())
		lock, err := resourcelock.New(resourcelock.LeasesResourceLock, ns, "lock", c.CoreV1(), c.CoordinationV1(), resourcelock.ResourceLockConfig{Identity: id})
		must(t, err)
		go leaderelection.RunOrDie(cx, leaderelection.LeaderElectionConfig{
			Lock: lock, LeaseDuration: 3 * time.Second, RenewDeadline: 2 * time.Second, RetryPeriod: 200 * time.Millisecond, ReleaseOnCancel: id == "b",
			Callbacks: leaderelection.LeaderCallbacks{OnStartedLeading: func(context.Context) { leading <- id }, OnStoppedLeading: func() {}},
		})
		return cancel
	}
	first := candidate("a")
	if id := <-leading; id != "a" {
		t.Fatal(id)
	}
	second := candidate("b")
	first()
	if id := <-leading; id != "b" {
		t.Fatal(id)
	}
	third := candidate("c")
	defer third()
	second()
	if id := <-leading; id != "c" {
		t.Fatal(id)
	}
	lease, err := c.CoordinationV1().Leases(ns).Get(ctx(t), "lock", metav1.GetOptions{})
	must(t, err)
	if *lease.Spec.LeaseTransitions < 2 || lease.Spec.AcquireTime == nil {
		t.Errorf("%+v", lease.Spec)
	}
}

// A hundred watches and as many requests share one HTTP/2 connection.
func TestManyWatchesOnOneConnection(t *testing.T) {
	ns := space(t)
	cfg := config(t)
	c := kubernetes.NewForConfigOrDie(cfg).CoreV1().ConfigMaps(ns)
	l, err := c.List(ctx(t), metav1.ListOptions{})
	must(t, err)
	var wg sync.WaitGroup
	const watches = 150
	ready := make(chan error, watches)
	bad := make(chan string, watches)
	for i := range watches {
		wg.Add(1)
		go func() {
			defer wg.Done()
			w, err := c.Watch(context.Background(), metav1.ListOptions{ResourceVersion: l.ResourceVersion, FieldSelector: fmt.Sprintf("metadata.name!=m%d", i)})
			ready <- err
			if err != nil {
				return
			}
			defer w.Stop()
			seen := map[string]bool{}
			end := time.After(patience)
			for len(seen) < 19 {
				select {
				case e, ok := <-w.ResultChan():
					if !ok {
						bad <- "ended"
						return
					}
					if m, ok := e.Object.(*corev1.ConfigMap); ok && m.Name != "kube-root-ca.crt" {
						seen[m.Name] = true
					}
				case <-end:
					bad <- fmt.Sprintf("watch %d saw %d", i, len(seen))
					return
				}
			}
		}()
	}
	for range watches {
		must(t, <-ready)
	}
	for i := range 20 {
		_, err := c.Create(ctx(t), configMap(fmt.Sprintf("m%d", i)), metav1.CreateOptions{})
		must(t, err)
	}
	wg.Wait()
	close(bad)
	for text := range bad {
		t.Error(text)
	}
}
